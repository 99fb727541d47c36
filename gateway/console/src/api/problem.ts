import type { components } from "./schema";

type Document = components["schemas"]["Problem"];

/** One field that is wrong: its path in the request, such as `customer.email` or `addresses[0].city`. */
export interface Violation {
  field: string;
  description: string;
}

/** Why a call was refused, as the API's problem details say it. `status` is 0 where no answer came. */
export class Problem extends Error {
  readonly status: number;
  readonly reason: string;
  readonly violations: readonly Violation[];
  /** Rules that the state of the resource breaks, such as `GROUP_HAS_MEMBERS`, with words for people. */
  readonly preconditions: readonly { rule: string; description: string }[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly traceId: string;
  /** Seconds after which to try again. */
  readonly retryAfter: number | undefined;

  constructor(document: Partial<Document> & { status: number }, retryAfter?: number) {
    super(document.detail ?? "");
    const more = document as Record<string, unknown>;
    this.name = "Problem";
    this.status = Number(document.status);
    this.reason = document.reason ?? "";
    this.violations = (more["violations"] as Violation[] | undefined) ?? [];
    this.preconditions = (more["preconditions"] as Problem["preconditions"] | undefined) ?? [];
    this.metadata = (more["metadata"] as Record<string, string> | undefined) ?? {};
    this.traceId = document.traceId ?? "";
    this.retryAfter = retryAfter;
  }

  /** Whether nobody can be sure that the call was done: no answer came, or it came too late. */
  get isUnanswered(): boolean {
    return this.status === 0 || this.status === 503 || this.status === 504;
  }

  /** The fields that somebody else changed meanwhile, by their paths in JSON, such as `workPhone.number`. */
  get changedFields(): string[] {
    if (this.reason !== "CHANGED_SINCE_ETAG") return [];
    const paths = (this.metadata["fields"] ?? "").split(",").filter(Boolean);
    return paths.map(camelCase);
  }
}

/** `work_phone.region_code` as JSON names it. */
export function camelCase(path: string): string {
  return path.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** What was thrown, as a problem. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem({ status: 0, detail: String(error) });
}
