// Shows the OpenAPI document, and sends requests from a form for each operation.

import { current, send } from "/docs/session.js";

const api = await (await fetch("/openapi.json")).json();
const session = await current();

// Makes an element with attributes and children; texts stay texts.
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

function resolve(schema) {
  return schema?.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : (schema ?? {});
}

// What a schema is called in a sentence.
function kind(schema) {
  if (schema?.$ref) return schema.$ref.split("/").pop();
  if (schema?.type === "array") return `list of ${kind(schema.items)}`;
  const limits = ["maxLength", "minimum", "maximum", "maxItems"].filter((limit) => limit in (schema ?? {}));
  return [schema?.format ?? schema?.type ?? "anything", ...limits.map((limit) => `${limit} ${schema[limit]}`)].join(", ");
}

// An object to start from: what must be there, or else what can be sent.
function example(schema, depth = 0) {
  const { type, properties = {}, required, enum: names, items, $ref } = { ...resolve(schema), ...schema };
  if (names) return names[0];
  if (type === "array") return depth < 3 ? [example(items, depth + 1)] : [];
  if (type === "boolean") return false;
  if (type === "integer" || type === "number") return 0;
  if (type !== "object" && !$ref) return "";
  const members = Object.entries(properties).filter(([name, member]) => !member.readOnly && (!required || required.includes(name)));
  return depth < 3 ? Object.fromEntries(members.map(([name, member]) => [name, example(member, depth + 1)])) : {};
}

function fields(schema) {
  const { properties = {}, required = [] } = resolve(schema);
  const rows = Object.entries(properties).map(([name, member]) =>
    make(
      "tr",
      {},
      make("td", {}, make("code", {}, name), required.includes(name) ? " *" : ""),
      make("td", { class: "faint" }, kind(member)),
      make("td", {}, [member.description, member.readOnly ? "(In answers only.)" : ""].filter(Boolean).join(" ")),
    ),
  );
  return make("div", { class: "table" }, make("table", {}, make("tbody", {}, ...rows)));
}

// The form that sends a request.
function trial(method, path, operation) {
  const parameters = operation.parameters.map((parameter) => {
    const input = make("input", { name: `${parameter.in}:${parameter.name}` });
    if (parameter.required) input.required = true;
    const label = make("label", {}, make("span", {}, make("code", {}, parameter.name), ` ${parameter.description ?? ""}`), input);
    return { ...parameter, input, label };
  });
  const body = operation.requestBody?.content["application/json"].schema;
  const text = body && make("textarea", { rows: 8, "aria-label": "Body" });
  if (text) text.value = JSON.stringify(example(body), undefined, 2);
  const answer = make("pre", { role: "status" });
  const form = make("form", { class: "stacked" }, ...parameters.map(({ label }) => label), text, make("button", {}, "Send"), answer);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(method, path, parameters, text?.value, answer).catch((error) => (answer.textContent = String(error)));
  });
  return form;
}

// Sends the request and shows the answer; that of a stream while it comes.
async function attempt(method, path, parameters, text, answer) {
  const given = (place) => parameters.filter((parameter) => parameter.in === place && parameter.input.value);
  const filled = given("path").reduce((url, { name, input }) => url.replace(`{${name}}`, encodeURIComponent(input.value)), path);
  const values = ({ schema, input }) => (schema.type === "array" ? input.value.split(",") : [input.value]);
  const query = new URLSearchParams(given("query").flatMap((parameter) => values(parameter).map((value) => [parameter.name, value])));
  const headers = Object.fromEntries(given("header").map(({ name, input }) => [name, input.value]));
  const url = query.size ? `${filled}?${query}` : filled;
  answer.textContent = `${method} ${url}\n`;
  const response = await send(method, url, text === undefined ? undefined : JSON.parse(text), headers);
  answer.append(`${response.status}\n\n`);
  if (/^application\/(problem\+)?json/.test(response.headers.get("content-type"))) {
    answer.append(JSON.stringify(await response.json(), undefined, 2));
    return;
  }
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) answer.append(part.value);
}

function describe(method, path, operation) {
  const done = Object.entries(operation.responses).find(([status]) => /^20[01]$/.test(status))?.[1];
  const answers = Object.values(done?.content ?? {})[0]?.schema;
  const body = operation.requestBody?.content["application/json"].schema;
  const inside = make("div");
  const details = make(
    "details",
    { id: operation.operationId },
    make("summary", {}, make("code", {}, `${method} ${path}`), ` ${operation.summary}`),
    inside,
  );
  // Most operations are never looked at, so each is filled in when it is.
  details.addEventListener("toggle", () => {
    if (inside.hasChildNodes()) return;
    inside.append(make("p", { class: "about" }, operation.description));
    if (body) inside.append(make("strong", {}, `Body: ${kind(body)}`), fields(body));
    if (answers) inside.append(make("strong", {}, `Answer: ${kind(answers)}`), fields(answers));
    inside.append(make("strong", {}, "Try it"), trial(method, path, operation));
  });
  details.dataset.text = [method, path, operation.operationId, operation.summary, operation["x-permission"]].join(" ").toLowerCase();
  return details;
}

const sections = api.tags.map(({ name, description }) => {
  const all = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(name))
      .map(([method, operation]) => describe(method.toUpperCase(), path, operation)),
  );
  return make("section", {}, make("h2", {}, name), make("p", { class: "faint" }, description), ...all);
});

document.getElementById("about").textContent = api.info.description.replaceAll("**", "");
document.getElementById("who").textContent = session ? `Signed in as ${session.userDisplayName || session.user}` : "Not signed in";
document.getElementById("operations").append(...sections);
document.getElementById("find").addEventListener("input", ({ target }) => {
  const words = target.value.toLowerCase().split(/\s+/);
  for (const section of sections) {
    const all = [...section.querySelectorAll("details")];
    for (const details of all) details.hidden = !words.every((word) => details.dataset.text.includes(word));
    section.hidden = all.every((details) => details.hidden);
  }
});
