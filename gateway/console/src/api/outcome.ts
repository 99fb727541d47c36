import { Problem } from "./problem";
import type { components } from "./schema";

type Status = components["schemas"]["google.rpc.Status"];

/** Why one of several things asked for at once was not done, as if it had been asked for alone. */
export function problemOf({ message, details }: Status): Problem {
  const of = (kind: string) =>
    (details as Record<string, unknown>[]).find((it) => String(it["@type"]).endsWith(`/google.rpc.${kind}`)) ?? {};
  const { reason, metadata } = of("ErrorInfo") as { reason?: string; metadata?: Record<string, string> };
  const { violations = [] } = of("PreconditionFailure") as { violations?: { type: string; description: string }[] };
  return new Problem({
    status: 400,
    reason: reason ?? "",
    detail: message,
    metadata: metadata ?? {},
    preconditions: violations.map(({ type, description }) => ({ rule: type, description })),
  } as never);
}
