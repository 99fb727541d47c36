import { expect, test } from "vitest";
import { type Country, fieldsOf } from "../src/addresses/country";
import { ADDRESS_FIELDS } from "../src/addresses/fields";

const JAPAN: Country = {
  name: "addressCountries/JP",
  countryCode: "JP",
  displayName: "Japan",
  parts: [
    { field: "region", term: "TERM_PREFECTURE", displayName: "prefecture", required: true },
    { field: "postal_code", term: "TERM_POSTAL_CODE", displayName: "postal code", required: true },
  ],
  lines: [["postal_code"], ["region"], ["line1", "line2"], ["company"], ["recipient"]].map((fields) => ({ fields })),
  latinLines: [],
  postalCodePattern: "\\d{3}-?\\d{4}",
  postalCodeExamples: ["154-0023", "350-1106"],
  regions: [{ code: "13", displayName: "東京都", latinDisplayName: "Tokyo" }],
};

const draw = (values: Record<string, string>, exception = false) =>
  fieldsOf(ADDRESS_FIELDS, JAPAN, { values, exception });

test("fields stand in the order of the country, and what it does not use is left out", () => {
  const names = draw({}).map(({ name }) => name);
  expect(names.slice(0, 8)).toEqual([
    "label",
    "countryCode",
    "postalCode",
    "region",
    "line1",
    "line2",
    "company",
    "recipient",
  ]);
  expect(names).not.toContain("city");
});

test("what was typed stays in sight though the country does not use it", () => {
  expect(draw({ city: "Setagaya" }).map(({ name }) => name)).toContain("city");
});

test("parts are called, starred and chosen as there", () => {
  const [region] = draw({}).filter(({ name }) => name === "region");
  expect(region).toMatchObject({ input: "region", required: true, label: { message: "Prefecture" } });
  expect(region?.names).toEqual([{ value: "東京都", label: "東京都 · Tokyo", also: ["東京都", "Tokyo", "13"] }]);
  expect(draw({}).find(({ name }) => name === "postalCode")?.example).toBe("154-0023");
});

test("a reason for an exception is asked for only where one is wanted", () => {
  expect(draw({}).some(({ name }) => name === "ruleException")).toBe(false);
  expect(draw({}, true).some(({ name }) => name === "ruleException")).toBe(true);
});

test("before a country is chosen every part is there", () => {
  const names = fieldsOf(ADDRESS_FIELDS, undefined, { values: {}, exception: false }).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["city", "region", "postalCode"]));
});
