// What a list of customers shows is what its address says: search, time frame, filters, order, columns.

/** Days back from today, the year so far, everything, or between two days. */
export const TIME_FRAMES = ["7d", "30d", "90d", "year", "all", "custom"] as const;
export type TimeFrame = (typeof TIME_FRAMES)[number];

export const STATUSES = ["ACTIVE", "PENDING_VERIFICATION", "PENDING_APPROVAL", "DISABLED"] as const;
export const ACCOUNT_TYPES = ["PRIVATE", "BUSINESS"] as const;

/** Filters by name; each lets pass who has one of its values. */
export const FILTERS = ["status", "group", "type", "country", "staff", "newsletter"] as const;
export type FilterName = (typeof FILTERS)[number];

/** What a filter compares with, as the API's filter names it. */
const COMPARED: Record<FilterName, (value: string) => string> = {
  status: (value) => `status = ${value}`,
  group: (value) => `groups:"groups/${value}"`,
  type: (value) => `account_type = ${value}`,
  country: (value) => `country_code = "${value}"`,
  staff: (value) => `assigned_staff:"staff/${value}"`,
  newsletter: (value) => `newsletter = ${value}`,
};

export interface ListState {
  q?: string;
  time?: TimeFrame;
  /** First and last day of a custom time frame, as `2026-11-27`. */
  from?: string;
  to?: string;
  filters?: Partial<Record<FilterName, string[]>>;
  /** Field to order by, with ` desc` where descending. */
  order?: string;
  /** Columns shown beside the name, where other than at first. */
  columns?: string[];
}

export const DEFAULT_TIME: TimeFrame = "30d";

const word = /^[A-Za-z0-9_-]{1,40}$/;
const day = /^\d{4}-\d{2}-\d{2}$/;

function words(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String).filter((it) => word.test(it)) : [];
}

/** Reads the state from an address; what makes no sense there is left out. */
export function parse(search: Record<string, unknown>): ListState & { focus?: "search" } {
  const state: ListState & { focus?: "search" } = {};
  if (typeof search["q"] === "string" || typeof search["q"] === "number") {
    const q = String(search["q"]).slice(0, 200);
    if (q) state.q = q;
  }
  const time = TIME_FRAMES.find((it) => it === search["time"]);
  if (time && time !== DEFAULT_TIME) state.time = time;
  for (const end of ["from", "to"] as const) {
    const value = search[end];
    if (typeof value === "string" && day.test(value)) state[end] = value;
  }
  const filters = (search["filters"] ?? {}) as Record<string, unknown>;
  for (const name of FILTERS) {
    const values = words(filters[name]);
    if (values.length > 0) state.filters = { ...state.filters, [name]: values };
  }
  if (typeof search["order"] === "string" && /^[a-z_]+( desc)?$/.test(search["order"])) state.order = search["order"];
  if (Array.isArray(search["columns"])) state.columns = words(search["columns"]);
  if (search["focus"] === "search") state.focus = "search";
  return state;
}

function midnight(date: Date, days = 0): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);
}

function localDay(text: string, days = 0): Date {
  const [year = 0, month = 1, date = 1] = text.split("-").map(Number);
  return new Date(year, month - 1, date + days);
}

/** The time frame in the operator's time zone; whole days. None while something is searched for. */
export function bounds({ q, time = DEFAULT_TIME, from, to }: ListState, now: Date): { from?: Date; before?: Date } {
  if (q || time === "all") return {};
  if (time === "year") return { from: new Date(now.getFullYear(), 0, 1) };
  if (time === "custom") return { ...(from && { from: localDay(from) }), ...(to && { before: localDay(to, 1) }) };
  return { from: midnight(now, -Number.parseInt(time, 10)) };
}

/** What to ask the API for. */
export function request(state: ListState, now: Date) {
  const { from, before } = bounds(state, now);
  const filter = FILTERS.flatMap((name) => {
    const values = state.filters?.[name];
    return values ? `(${values.map(COMPARED[name]).join(" OR ")})` : [];
  }).join(" AND ");
  return {
    ...(state.q && { query: state.q }),
    ...(filter && { filter }),
    ...(state.order && { orderBy: state.order }),
    ...(from && { createTimeFrom: from.toISOString() }),
    ...(before && { createTimeBefore: before.toISOString() }),
  };
}
