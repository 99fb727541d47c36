import { i18n } from "@lingui/core";
import { expect, test } from "vitest";
import { ruleText, violationText } from "../src/ui/violations";

i18n.loadAndActivate({ locale: "en", messages: {} });

test.each([
  ["is needed", "Fill this in."],
  ["is needed in BR: the state, such as Acre (AC)", "Fill this in, for example Acre (AC)."],
  ["is needed in GB: the post town", "Fill this in."],
  [
    "is no postal code of BR: expected one such as 40301-110 or 70002-900",
    "This is no postcode of Brazil. They look like 40301-110 or 70002-900.",
  ],
  [
    "is no state of US: expected one such as Alabama (AL)",
    "This is not in United States. Choose one such as Alabama (AL).",
  ],
  ["is longer than 100 characters", "Use at most 100 characters."],
  [
    "is not an email address: expected a form like name@example.com",
    "This is not an email address. They look like name@example.com.",
  ],
  [
    "is too short for BR (+55): at least 8 digits must follow the country code",
    "This is too short for Brazil: at least 8 digits follow the country code.",
  ],
  ["has something that nobody thought of", "Has something that nobody thought of."],
])("“%s” is said as “%s”", (description, text) => {
  expect(violationText(description)).toBe(text);
});

test("a rule is said by its name, and one that is not known in the service's words", () => {
  expect(ruleText({ rule: "LAST_ADMINISTRATOR", description: "x" })).toContain("The last administrator");
  expect(ruleText({ rule: "NEW_RULE", description: "the moon is full" })).toBe("The moon is full.");
});
