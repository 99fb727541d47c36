// The fields of an address as a country has them.

import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import type { Schemas } from "../api/client";
import { camelCase } from "../api/problem";
import type { Field, Values } from "../ui/fields";
import { EXCEPTION } from "./fields";

export type Country = Schemas["address.v1.AddressCountry"];
type Term = Schemas["address.v1.AddressPart.Term"];

/** The parts that countries have rules about. */
export const RULED: readonly string[] = ["city", "region", "postalCode"];

/** What countries call a part. */
const TERMS: Record<Term, MessageDescriptor | undefined> = {
  TERM_UNSPECIFIED: undefined,
  TERM_CITY: msg`City`,
  TERM_DISTRICT: msg`District`,
  TERM_POST_TOWN: msg`Post town`,
  TERM_SUBURB: msg`Suburb`,
  TERM_AREA: msg`Area`,
  TERM_COUNTY: msg`County`,
  TERM_DEPARTMENT: msg({ message: "Department", context: "part of a country" }),
  TERM_DO_SI: msg`Province or city`,
  TERM_EMIRATE: msg`Emirate`,
  TERM_ISLAND: msg`Island`,
  TERM_OBLAST: msg`Oblast`,
  TERM_PARISH: msg`Parish`,
  TERM_PREFECTURE: msg`Prefecture`,
  TERM_PROVINCE: msg`Province`,
  TERM_STATE: msg({ message: "State", context: "part of a country" }),
  TERM_POSTAL_CODE: msg`Postcode`,
  TERM_ZIP_CODE: msg`ZIP code`,
  TERM_PIN_CODE: msg`PIN code`,
  TERM_EIRCODE: msg`Eircode`,
};

/** What of the fields depends on something beside the country. */
interface Shown {
  values: Values;
  /** True where a reason for an exception is to be asked for. */
  exception: boolean;
}

/**
 * The fields in the order of the country, called as there, required as there, and chosen from a list where it has one. A part
 * that it does not use is left out unless something stands in it: nothing that was typed is sent unseen.
 */
export function fieldsOf(
  fields: readonly Field[],
  country: Country | undefined,
  { values, exception }: Shown,
): Field[] {
  const order = country?.lines.flatMap((line) => line.fields.map(camelCase)) ?? [];
  const used = (name: string) => !country || !RULED.includes(name) || country.parts.some((it) => at(it) === name);
  const placed = fields.filter(({ name }) => order.includes(name)).sort((a, b) => place(order, a) - place(order, b));
  const inOrder = fields.map((field) => (order.includes(field.name) ? (placed.shift() ?? field) : field));
  return inOrder
    .filter(({ name }) => (name === EXCEPTION ? exception : used(name) || Boolean(values[name])))
    .map((field) => (country ? asThere(field, country) : field));
}

function place(order: readonly string[], { name }: Field): number {
  return order.indexOf(name);
}

function at(part: Country["parts"][number]): string {
  return camelCase(part.field);
}

function asThere(field: Field, country: Country): Field {
  const part = country.parts.find((it) => at(it) === field.name);
  if (!part) return field;
  const label = TERMS[part.term] ?? field.label;
  const drawn: Field = { ...field, label, required: part.required };
  if (field.name === "postalCode" && country.postalCodeExamples[0]) {
    return { ...drawn, example: country.postalCodeExamples[0] };
  }
  if (field.name === "region" && country.regions.length > 0) {
    const names = country.regions.map(({ code, displayName, latinDisplayName }) => ({
      value: displayName,
      label:
        latinDisplayName && latinDisplayName !== displayName ? `${displayName} · ${latinDisplayName}` : displayName,
      also: [displayName, latinDisplayName, code].filter(Boolean),
    }));
    return { ...drawn, input: "region", names };
  }
  return drawn;
}
