// What the document says of a body or an answer: its fields, and a body to start from.

import { make, words } from "/docs/text.js";

const api = await (await fetch("/openapi.json")).json();
export default api;

export function resolve(schema) {
  return schema?.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : (schema ?? {});
}

// What a schema is called in a sentence.
export function kind(schema) {
  if (schema?.$ref) return schema.$ref.split("/").pop();
  if (schema?.type === "array") return `list of ${kind(schema.items)}`;
  const limits = ["maxLength", "minimum", "maximum", "maxItems"].filter((limit) => limit in (schema ?? {}));
  return [schema?.format ?? schema?.type ?? "anything", ...limits.map((limit) => `${limit} ${schema[limit]}`)].join(", ");
}

// The fields of an object; those of what is in them open where they are asked for.
export function fields(schema) {
  const { properties = {}, required = [] } = resolve(schema);
  const rows = Object.entries(properties).map(([name, member]) => {
    const inner = resolve(member.type === "array" ? member.items : member);
    const about = [member.description ?? (inner.enum && inner.description), member.readOnly && "(In answers only.)"];
    const cell = make("td", {}, ...words(about.filter(Boolean).join(" ")));
    if (inner.properties) cell.append(later(`Fields of ${kind(member)}`, () => fields(inner)));
    if (inner.enum) cell.append(make("p", { class: "values" }, ...inner.enum.flatMap((value) => [make("code", {}, value), " "])));
    const mark = required.includes(name) ? make("strong", { title: "must be there" }, " *") : undefined;
    return make("tr", {}, make("td", {}, make("code", {}, name), mark), make("td", { class: "faint" }, kind(member)), cell);
  });
  return make("div", { class: "table", tabindex: "0" }, make("table", { class: "fields" }, make("tbody", {}, ...rows)));
}

// What opens, and is filled in when it does: most is never looked at.
export function later(summary, fill) {
  const details = make("details", { class: "inner" }, make("summary", {}, summary));
  details.addEventListener("toggle", () => details.childElementCount > 1 || details.append(fill()), { once: true });
  return details;
}

// Values of a form that is taken, by the name of the field. What must be one of its kind is another one each time.
const some = () => Math.random().toString(36).slice(2, 8);
const SAMPLES = {
  city: () => "London",
  countryCode: () => "GB",
  displayName: () => `Example ${some()}`,
  email: () => `ada.${some()}@example.com`,
  firstName: () => "Ada",
  identifier: () => "admin",
  lastName: () => "Quick",
  line1: () => "10 Downing Street",
  password: () => `hold ${some()} ${some()} fast`,
  newPassword: () => `hold ${some()} ${some()} fast`,
  postalCode: () => "SW1A 2AA",
  reason: () => "Asked for by telephone",
  role: () => "roles/viewer",
  username: () => `ada.${some()}`,
};
// What the rules of the sample's country ask for besides.
const WITH = { countryCode: ["city", "postalCode"] };
// What the field policy asks of customers where nobody has changed it; the contract itself requires none of it.
const ASKED = ["firstName", "lastName", "email"];

// A body that is taken as it is, but for ids of what there is: what must be there, and where nothing must, nothing. An update
// changes one text.
export function template(schema, isUpdate) {
  const { properties = {}, required = [] } = resolve(schema);
  const with_ = required.flatMap((name) => WITH[name] ?? []);
  const one = Object.keys(properties).filter((name) => !properties[name].readOnly && properties[name].type === "string" && !["name", "etag"].includes(name));
  const asked = ASKED.every((name) => name in properties) ? ASKED : [];
  const names = isUpdate ? one.slice(0, 1) : [...new Set([...required, ...with_, ...asked])];
  return Object.fromEntries(names.map((name) => [name, sample(name, properties[name])]));
}

function sample(name, schema) {
  const { type, enum: values, items, pattern, minimum } = { ...resolve(schema), ...schema };
  if (values) return values.find((value) => !value.endsWith("_UNSPECIFIED")) ?? values[0];
  if (type === "array") return [sample(name, items)];
  if (type === "object" || schema.$ref) return template(schema);
  if (type === "boolean") return true;
  if (type === "integer" || type === "number") return minimum ?? 0;
  if (SAMPLES[name]) return SAMPLES[name]();
  return pattern ? pattern.replace(/^\^(\$\|\^)?|\$$/g, "").replace("[0-9a-f-]{36}", "00000000-0000-0000-0000-000000000000") : name;
}
