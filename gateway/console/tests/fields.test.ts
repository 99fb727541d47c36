import { expect, test } from "vitest";
import { changedFields, type Field, givenFields, toInputs } from "../src/ui/fields";

const label = { id: "label" };
const fields: Field[] = [
  { name: "firstName", label, input: "text" },
  { name: "birthDate", label, input: "date" },
  { name: "workPhone", label, input: "phone" },
  { name: "newsletter", label, input: "switch" },
  { name: "accountType", label, input: "choice", choices: [{ value: "ACCOUNT_TYPE_UNSPECIFIED", label }] },
  { name: "assignedStaff", label, input: "staff" },
];

const record = {
  firstName: "Luís",
  birthDate: { year: 1980, month: 2, day: 3 },
  workPhone: { number: "+442079765722", formatted: "+44 20 7976 5722 ext. 12", regionCode: "GB", extension: "12" },
  newsletter: true,
  accountType: "ACCOUNT_TYPE_BUSINESS",
  assignedStaff: ["staff/1"],
};

test("a record that nobody touched has no changes", () => {
  const values = toInputs(fields, record);
  expect(values["workPhone"]).toEqual({ number: "+44 20 7976 5722", regionCode: "GB", extension: "12" });
  expect(changedFields(fields, values, { ...values })).toEqual({});
});

test("only what was changed is sent, and what was emptied as nothing", () => {
  const before = toInputs(fields, record);
  const now = {
    ...before,
    firstName: " Luis ",
    birthDate: "",
    workPhone: { number: " ", regionCode: "GB", extension: "12" },
  };
  expect(changedFields(fields, before, now)).toEqual({ firstName: "Luis", birthDate: null, workPhone: null });
});

test("of what is new only what holds something is sent", () => {
  expect(givenFields(fields, toInputs(fields, { firstName: "Ada", newsletter: false }))).toEqual({ firstName: "Ada" });
});
