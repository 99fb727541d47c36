import { expect, test } from "vitest";
import { exportAddress, exportRequest } from "../src/customers/export/request";

const now = new Date(2026, 10, 27, 15, 30);
const everything = () => true;

test("an export asks for the customers and columns of the list", () => {
  const choice = { which: "shown", format: "CSV", contact: false } as const;
  const state = { q: "gon", order: "last_name", filters: { status: ["ACTIVE"] } };
  expect(exportRequest(choice, state, ["email", "group"], everything, now)).toEqual({
    query: "gon",
    filter: "(status = ACTIVE)",
    orderBy: "last_name",
    format: "FORMAT_CSV",
    columns: ["number", "title", "first_name", "middle_name", "last_name", "email", "primary_group"],
  });
});

test("contact details come on top, each once, and only what the person may read", () => {
  const choice = { which: "all", format: "XLSX", contact: true } as const;
  const { columns, ...rest } = exportRequest(choice, { q: "gon" }, ["email"], (it) => it === "ADDRESS_READ", now);
  expect(rest).toEqual({ format: "FORMAT_XLSX" });
  expect(columns.filter((it) => it === "email")).toHaveLength(1);
  expect(columns).toContain("mobile_phone");
  expect(columns).toContain("addresses");
  expect(columns).not.toContain("groups");
});

test("the address of a file names each column", () => {
  const address = exportAddress({ query: "a&b", format: "FORMAT_CSV", columns: ["number", "email"] });
  expect(address).toBe("/v1/customers:export?query=a%26b&format=FORMAT_CSV&columns=number&columns=email");
});
