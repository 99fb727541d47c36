import { expect, test } from "vitest";
import { asked, flatten, unflatten, valueIn } from "../src/fieldPolicy/rules";
import type { Field } from "../src/ui/fields";

const label = { id: "label" };
const fields: Field[] = [
  { name: "firstName", label, input: "text" },
  { name: "fax", label, input: "phone" },
  { name: "externalId", label, input: "text" },
];
const policy = {
  name: "fieldPolicy",
  etag: "1",
  firstName: { console: "NEED_REQUIRED", pointOfSale: "NEED_OPTIONAL", pattern: "[A-Z].*", hint: "a capital" },
  fax: { console: "NEED_OFF", pointOfSale: "NEED_OPTIONAL", pattern: "", hint: "" },
} as Parameters<typeof flatten>[0];

const shown = (found: Field[]) => found.map(({ name, required }) => [name, required]);

test("what is off is not asked for, and what is required has a star, in this channel alone", () => {
  expect(shown(asked(fields, policy, "console"))).toEqual([
    ["firstName", true],
    ["externalId", false],
  ]);
  expect(shown(asked(fields, policy, "pointOfSale"))).toEqual([
    ["firstName", false],
    ["fax", false],
    ["externalId", false],
  ]);
});

test("a field that is off is there as long as the record has a value in it", () => {
  const names = (record: object) => asked(fields, policy, "console", valueIn(record)).map(({ name }) => name);
  expect(names({ fax: { number: "+49301234567", formatted: "+49 30 1234567" } })).toContain("fax");
  expect(names({ fax: null })).not.toContain("fax");
});

test("a policy is taken apart for those who edit it, and only what they changed is put together again", () => {
  expect(flatten(policy)).toMatchObject({ etag: "1", "firstName.console": "NEED_REQUIRED", "fax.pattern": "" });
  expect(unflatten({ "fax.console": "NEED_OPTIONAL", "fax.import": "NEED_OFF", "email.hint": "x" })).toEqual({
    fax: { console: "NEED_OPTIONAL", import: "NEED_OFF" },
    email: { hint: "x" },
  });
});
