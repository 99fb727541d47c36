// What an export of customers asks the API for.

import { type ListState, request } from "../list/state";

export const FORMATS = ["CSV", "XLSX", "JSON_LINES"] as const;
export type Format = (typeof FORMATS)[number];

export interface ExportChoice {
  /** Only those that the list shows, or every customer. */
  which: "shown" | "all";
  format: Format;
  /** Whether all phones, addresses, groups and staff are in the file too. */
  contact: boolean;
}

/** The columns of the API for each column of the list. */
const COLUMNS: Record<string, string[]> = {
  name: ["title", "first_name", "middle_name", "last_name"],
  number: ["number"],
  email: ["email"],
  phone: ["primary_phone"],
  company: ["company"],
  department: ["department"],
  jobTitle: ["job_title"],
  group: ["primary_group"],
  status: ["status"],
  type: ["account_type"],
  city: ["city"],
  country: ["country_code"],
  username: ["username"],
  created: ["create_time"],
  updated: ["update_time"],
  signedIn: ["last_sign_in_time"],
};

const CONTACT = [
  "email",
  "primary_phone",
  "secondary_phone",
  "personal_phone",
  "work_phone",
  "mobile_phone",
  "fax",
  "username",
  "assigned_staff",
];

/** What takes a permission of its own to read. */
const GUARDED = { primary_group: "GROUP_READ", groups: "GROUP_READ", addresses: "ADDRESS_READ" } as const;

/** The request for what a person chose, of a list that shows these columns. */
export function exportRequest(
  { which, format, contact }: ExportChoice,
  state: ListState,
  shown: readonly string[],
  may: (what: "GROUP_READ" | "ADDRESS_READ") => boolean,
  now: Date,
) {
  const listed = ["number", "name", ...shown].flatMap((id) => COLUMNS[id] ?? []);
  const wanted = contact ? [...listed, ...CONTACT, "primary_group", "groups", "addresses"] : listed;
  const columns = [...new Set(wanted)].filter((name) => {
    const guard = GUARDED[name as keyof typeof GUARDED];
    return !guard || may(guard);
  });
  const chosen = which === "shown" ? request(state, now) : { ...(state.order && { orderBy: state.order }) };
  return { ...chosen, format: `FORMAT_${format}` as const, columns };
}

export type ExportRequest = ReturnType<typeof exportRequest>;

/** Where the file is: a download that the browser takes as it comes, with the session's cookie. */
export function exportAddress(request: ExportRequest): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request)) {
    for (const one of [value].flat()) query.append(name, one);
  }
  return `/v1/customers:export?${query}`;
}
