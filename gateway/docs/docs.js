// Shows the OpenAPI document, and sends requests from a form for each operation.

import api, { fields, kind, later, template } from "/docs/schema.js";
import { account, current, send } from "/docs/session.js";
import { make, prose, words } from "/docs/text.js";

// The form that sends a request.
function trial(method, path, operation) {
  const parameters = operation.parameters.map((parameter) => {
    const input = make("input", { name: `${parameter.in}:${parameter.name}` });
    if (parameter.required) input.required = true;
    const label = make("label", {}, make("span", {}, make("code", {}, parameter.name), " ", ...words(parameter.description ?? "")), input);
    return { ...parameter, input, label };
  });
  const body = operation.requestBody?.content["application/json"].schema;
  const text = body && make("textarea", { rows: 8, "aria-label": "Body" });
  if (text) text.value = JSON.stringify(template(body, method === "PATCH"), undefined, 2);
  const answer = make("pre", { role: "status" });
  const [needed, others] = [parameters.filter(({ required }) => required), parameters.filter(({ required }) => !required)];
  const rest = others.length ? make("details", { class: "inner" }, make("summary", {}, "More parameters"), ...others.map(({ label }) => label)) : undefined;
  const form = make("form", { class: "stacked" }, ...needed.map(({ label }) => label), rest, text, make("button", {}, "Send"), answer);
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
  const details = later(make("span", {}, make("code", {}, `${method} ${path}`), " ", ...words(operation.summary)), () => {
    const inside = make("div", { class: "inside" }, make("div", { class: "prose" }, ...prose(operation.description)));
    if (body) inside.append(make("h3", {}, `Body: ${kind(body)}`), fields(body));
    if (answers) inside.append(make("h3", {}, `Answer: ${kind(answers)}`), fields(answers));
    inside.append(make("h3", {}, "Try it"), trial(method, path, operation));
    return inside;
  });
  details.className = "operation";
  details.id = operation.operationId;
  details.dataset.text = [method, path, operation.operationId, operation.summary, operation["x-permission"]].join(" ").toLowerCase();
  return details;
}

const sections = api.tags.map(({ name, description }) => {
  const all = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(name))
      .map(([method, operation]) => describe(method.toUpperCase(), path, operation)),
  );
  return make("section", {}, make("h2", {}, name), make("div", { class: "faint prose" }, ...prose(description)), ...all);
});

const named = (id) => document.getElementById(id);
named("about").append(...prose(api.info.description));
named("operations").append(...sections);
named("find").addEventListener("input", ({ target }) => {
  const words = target.value.toLowerCase().split(/\s+/);
  for (const section of sections) {
    const all = [...section.querySelectorAll(".operation")];
    for (const details of all) details.hidden = !words.every((word) => details.dataset.text.includes(word));
    section.hidden = all.every((details) => details.hidden);
  }
  named("nothing").hidden = sections.some((section) => !section.hidden);
});
// An address such as /docs#createCustomer opens its operation.
function open() {
  const operation = named(location.hash.slice(1));
  if (operation?.matches("details")) operation.open = true;
  operation?.scrollIntoView();
}
addEventListener("hashchange", open);
open();
await current();
named("account").append(account());
