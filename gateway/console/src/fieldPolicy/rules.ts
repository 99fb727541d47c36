// Fields as the policy has them: which are asked for, and which have a star.

import { msg } from "@lingui/core/macro";
import { CUSTOMER_GROUPS } from "../customers/fields";
import { type Field, type FieldGroup, type InputKind, toInput, type Values } from "../ui/fields";
import type { FieldPolicy, FieldRule, Need } from "./queries";

/** The ways in which customers come. */
export const CHANNELS = [
  { name: "console", label: msg`Console`, value: "CHANNEL_CONSOLE" },
  { name: "registration", label: msg`Registration`, value: "CHANNEL_REGISTRATION" },
  { name: "pointOfSale", label: msg`Point of sale`, value: "CHANNEL_POINT_OF_SALE" },
  { name: "import", label: msg`Import`, value: "CHANNEL_IMPORT" },
] as const;

export type Channel = (typeof CHANNELS)[number]["name"];

export const NEEDS = [
  { value: "NEED_OFF", label: msg`Off` },
  { value: "NEED_OPTIONAL", label: msg`Optional` },
  { value: "NEED_REQUIRED", label: msg`Required` },
] as const;

/** Inputs in which people write as they like, so that a pattern can say how. */
const WRITTEN: readonly InputKind[] = ["text", "email"];

/** Fields of a customer that are always optional. */
const WITHOUT_RULE = new Set(["externalId"]);

const BESIDE: FieldGroup = {
  label: msg`With a new customer`,
  fields: [
    { name: "address", label: msg`An address`, input: "switch" },
    { name: "group", label: msg`A group`, input: "switch" },
  ],
};

/** The fields that there are rules about, as the settings show them. */
export const POLICY_GROUPS: readonly FieldGroup[] = [...CUSTOMER_GROUPS, BESIDE].map(({ label, fields }) => ({
  label,
  fields: fields.filter(({ name }) => !WITHOUT_RULE.has(name)),
}));

/** Whether a pattern can say what a field looks like. */
export function takesPattern({ input }: Field): boolean {
  return WRITTEN.includes(input);
}

/** What there is to choose for a field: nobody has to take a newsletter. */
export function needsOf({ name }: Field): readonly { value: Need; label: (typeof NEEDS)[number]["label"] }[] {
  return name === "newsletter" ? NEEDS.filter(({ value }) => value !== "NEED_REQUIRED") : NEEDS;
}

/** The rule about a field, by its name. */
export function ruleOf(policy: FieldPolicy | undefined, name: string): FieldRule | undefined {
  const rules: Readonly<Record<string, unknown>> = { ...policy };
  return rules[name] as FieldRule | undefined;
}

/** The fields that are asked for, each with a star where it is required. One that is off is there as long as a record has a value in it. */
export function asked(
  fields: readonly Field[],
  policy: FieldPolicy | undefined,
  channel: Channel,
  hasValue: (field: Field) => boolean = () => false,
): Field[] {
  return fields
    .filter((field) => ruleOf(policy, field.name)?.[channel] !== "NEED_OFF" || hasValue(field))
    .map((field) => ({ ...field, required: ruleOf(policy, field.name)?.[channel] === "NEED_REQUIRED" }));
}

/** Whether a record has a value in a field. */
export function valueIn(record: object): (field: Field) => boolean {
  const given = record as Record<string, unknown>;
  const text = (field: Field, value: unknown) => JSON.stringify(toInput(field, value));
  return (field) => text(field, given[field.name]) !== text(field, undefined);
}

/** A policy with each part of each rule by a name of its own. */
export type FlatPolicy = { etag?: string } & Record<string, unknown>;

/** `{ email: { console } }` as `{ "email.console" }`. */
export function flatten(policy: FieldPolicy): FlatPolicy {
  const parts = POLICY_GROUPS.flatMap(({ fields }) =>
    fields.flatMap(({ name }) =>
      Object.entries(ruleOf(policy, name) ?? {}).map(([part, value]) => [`${name}.${part}`, value] as const),
    ),
  );
  return { ...Object.fromEntries(parts), etag: policy.etag ?? "" };
}

/** The other way round, of those parts that are given. */
export function unflatten(parts: Record<string, unknown>): Partial<FieldPolicy> {
  const rules: Record<string, Record<string, unknown>> = {};
  for (const [path, value] of Object.entries(parts)) {
    const [name = "", part = ""] = path.split(".");
    rules[name] = { ...rules[name], [part]: value };
  }
  return rules as Partial<FieldPolicy>;
}

/** What an editor holds in a part of a rule. */
export function partOf(values: Values, name: string, part: string): string {
  return String(values[`${name}.${part}`] ?? "");
}
