import { msg } from "@lingui/core/macro";
import type { Field } from "../ui/fields";

/** What an address is used for, by the names of the API. */
export const USES = [
  { value: "ADDRESS_USE_SHIPPING", label: msg`Shipping` },
  { value: "ADDRESS_USE_BILLING", label: msg`Billing` },
] as const;

/** The field that says why an address may break its country's rules. */
export const EXCEPTION = "ruleException";

/** The fields of an address that people write. `country.ts` draws them as a country has them. */
export const ADDRESS_FIELDS: readonly Field[] = [
  { name: "label", label: msg`Label`, input: "text", max: 100, hint: msg`What the customer calls it: home, chalet` },
  { name: "countryCode", label: msg`Country`, input: "country", required: true },
  { name: "recipient", label: msg`Recipient`, input: "text", max: 100 },
  { name: "company", label: msg`Company`, input: "text", max: 100 },
  { name: "line1", label: msg`Address`, input: "text", max: 200, required: true, wide: true },
  { name: "line2", label: msg`Flat, floor, building`, input: "text", max: 200, wide: true },
  { name: "city", label: msg`City`, input: "text", max: 100 },
  { name: "region", label: msg`State or province`, input: "text", max: 100 },
  { name: "postalCode", label: msg`Postcode`, input: "text", max: 20 },
  {
    name: EXCEPTION,
    label: msg`Why it may stay as it is`,
    input: "text",
    max: 200,
    wide: true,
    hint: msg`The address breaks a rule of its country. With a reason it is kept, and marked.`,
  },
  { name: "phone", label: msg`Phone`, input: "phone" },
  { name: "uses", label: msg`Used for`, input: "choices", choices: USES },
  { name: "defaultUses", label: msg`Default for`, input: "choices", choices: USES },
  { name: "instructions", label: msg`Delivery instructions`, input: "area", max: 400, wide: true },
];

/** Without what the customer has other fields for: the form of a new customer. */
export const NEW_ADDRESS_FIELDS: readonly Field[] = ADDRESS_FIELDS.filter(
  ({ name }) => name !== "phone" && name !== "defaultUses",
);
