// A field is said once, and drawn in view mode, in edit mode and in the form of what is new.

import type { MessageDescriptor } from "@lingui/core";
import type { Schemas } from "../api/client";

export type InputKind =
  | "text"
  | "area"
  | "email"
  | "phone"
  | "date"
  | "choice"
  | "choices"
  | "switch"
  | "country"
  | "region"
  | "language"
  | "timeZone"
  | "staff";

export interface Field {
  /** Its name in the API. */
  name: string;
  label: MessageDescriptor;
  input: InputKind;
  /** Longest text, in characters, as in the OpenAPI. */
  max?: number;
  /** True where the service refuses the record without it. */
  required?: boolean;
  /** What there is to choose from; the first is what stands for nothing, unless the field is required. */
  choices?: readonly { value: string; label: MessageDescriptor }[];
  hint?: MessageDescriptor;
  /** What one looks like, shown while nothing is typed. */
  example?: string;
  /** What there is to choose from by name: texts that are the same in every language, and what else each is called. */
  names?: readonly { value: string; label: string; also: readonly string[] }[];
  autoComplete?: string;
  /** True where it takes the width of two. */
  wide?: boolean;
}

export interface FieldGroup {
  label: MessageDescriptor;
  fields: readonly Field[];
}

/** A phone as it is typed. */
export interface PhoneValue {
  number: string;
  regionCode: string;
  extension: string;
}

export type FieldValue = string | boolean | string[] | PhoneValue;
export type Values = Record<string, FieldValue>;

type Phone = Schemas["type.v1.PhoneNumber"];
type CalendarDate = Schemas["google.type.Date"];

const two = (number: number) => String(number).padStart(2, "0");

/** What an input shows of a value of the API. */
export function toInput(field: Field, value: unknown): FieldValue {
  switch (field.input) {
    case "phone": {
      const { number = "", formatted = "", regionCode = "", extension = "" } = (value ?? {}) as Phone;
      return { number: formatted.split(" ext.")[0] || number, regionCode, extension };
    }
    case "date": {
      const { year, month, day } = (value ?? {}) as CalendarDate;
      return year && month && day ? `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}` : "";
    }
    case "switch":
      return value === true;
    case "staff":
    case "choices":
      return Array.isArray(value) ? value.map(String) : [];
    case "choice":
      return typeof value === "string" && value ? value : (field.choices?.[0]?.value ?? "");
    default:
      return typeof value === "string" ? value : "";
  }
}

/** What the API is sent of what an input shows; null where that is nothing. */
export function fromInput(field: Field, value: FieldValue | undefined): unknown {
  switch (field.input) {
    case "phone": {
      const { number, regionCode, extension } = value as PhoneValue;
      return number.trim() ? { number: number.trim(), regionCode, extension: extension.trim() } : null;
    }
    case "date": {
      const [year, month, day] = String(value).split("-").map(Number);
      return year && month && day ? { year, month, day } : null;
    }
    default:
      return typeof value === "string" ? value.trim() : value;
  }
}

/** All fields of a record, as inputs show them. */
export function toInputs(fields: readonly Field[], record: object): Values {
  const given = record as Record<string, unknown>;
  return Object.fromEntries(fields.map((field) => [field.name, toInput(field, given[field.name])]));
}

/** The fields whose inputs differ, as the API is sent them. */
export function changedFields(fields: readonly Field[], before: Values, now: Values): Record<string, unknown> {
  const changed = fields.filter(({ name }) => JSON.stringify(before[name]) !== JSON.stringify(now[name]));
  return Object.fromEntries(changed.map((field) => [field.name, fromInput(field, now[field.name])]));
}

/** The fields that hold something, as the API is sent them. */
export function givenFields(fields: readonly Field[], values: Values): Record<string, unknown> {
  const empty: Values = toInputs(fields, {});
  return changedFields(fields, empty, values);
}
