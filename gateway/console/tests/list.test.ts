import { expect, test } from "vitest";
import { bounds, parse, request } from "../src/customers/list/state";

// a Friday, in the time zone of whoever runs this
const now = new Date(2026, 10, 27, 15, 30);

test("the time frame is in whole days of the operator's time zone", () => {
  expect(bounds({}, now)).toEqual({ from: new Date(2026, 9, 28) });
  expect(bounds({ time: "7d" }, now)).toEqual({ from: new Date(2026, 10, 20) });
  expect(bounds({ time: "year" }, now)).toEqual({ from: new Date(2026, 0, 1) });
  expect(bounds({ time: "all" }, now)).toEqual({});
  const custom = { time: "custom", from: "2026-03-01", to: "2026-03-31" } as const;
  expect(bounds(custom, now)).toEqual({ from: new Date(2026, 2, 1), before: new Date(2026, 3, 1) });
});

test("a search lifts the time frame", () => {
  expect(request({ q: "gon", time: "7d" }, now)).toEqual({ query: "gon" });
});

test("filters are joined by AND, and the values of each by OR", () => {
  const filters = { status: ["ACTIVE", "DISABLED"], country: ["BR"], group: ["0190f0e0-0000-7000-8000-000000000001"] };
  expect(request({ filters, time: "all" }, now)).toEqual({
    filter:
      '(status = ACTIVE OR status = DISABLED) AND (groups:"groups/0190f0e0-0000-7000-8000-000000000001") AND (country_code = "BR")',
  });
});

test("what makes no sense in an address is left out", () => {
  const search = {
    q: 42,
    time: "fortnight",
    from: "yesterday",
    order: "email; drop",
    filters: { country: ['BR" OR email:*'], status: "ACTIVE", planet: ["mars"] },
    columns: ["email", 'x"'],
  };
  expect(parse(search)).toEqual({ q: "42", columns: ["email"] });
});
