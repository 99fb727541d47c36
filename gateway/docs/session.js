// Calls of the API from a page of this origin. The session is a cookie that no script can read; what changes something needs
// the session's CSRF token besides.

import { make } from "/docs/text.js";

let session;

// The session of this browser; undefined where nobody is signed in.
export async function current() {
  const response = await fetch("/v1/session");
  session = response.ok ? await response.json() : undefined;
  return session;
}

// Sends a request; the body is an object or undefined. Gives the response, whatever its status.
export function send(method, path, body, headers = {}) {
  const all = { ...headers };
  if (body !== undefined) all["content-type"] = "application/json";
  if (session && method !== "GET") all["x-csrf-token"] = session.csrfToken;
  return fetch(path, { method, headers: all, body: body === undefined ? undefined : JSON.stringify(body) });
}

// Sends a request and gives what it answers; throws the problem where it is refused.
async function call(method, path, body) {
  const response = await send(method, path, body);
  const answer = response.status === 204 ? undefined : await response.json();
  if (!response.ok) throw answer;
  return answer;
}

// What a problem says to a person.
function inWords(problem) {
  const fields = (problem.violations ?? []).map(({ field, description }) => `${field} ${description}`);
  return [problem.detail ?? problem.title ?? "The server did not answer.", ...fields].join(" ");
}

// Who is signed in, with the way out; or the way in. Whoever signs in stays on the page, with what they have filled in.
export function account() {
  const place = make("div", { class: "account" });
  const show = () => place.replaceChildren(...(session ? signedIn(show) : [signIn(show)]));
  show();
  return place;
}

function signedIn(show) {
  const out = make("button", { class: "quiet", type: "button" }, "Sign out");
  out.addEventListener("click", async () => {
    await call("DELETE", "/v1/session").catch(() => undefined);
    session = undefined;
    show();
  });
  return [make("span", { class: "faint" }, `Signed in as ${session.userDisplayName || session.user}`), out];
}

function signIn(show) {
  const field = (label, attributes) => make("label", {}, label, make("input", { required: "", ...attributes }));
  const kinds = [["USER_KIND_STAFF", "Staff"], ["USER_KIND_CUSTOMER", "Customer"]].map(([value, text]) => make("option", { value }, text));
  const wrong = make("p", { class: "wrong", role: "alert" });
  const form = make(
    "form",
    { class: "stacked" },
    field("Username or email", { name: "identifier", autocomplete: "username" }),
    field("Password", { name: "password", type: "password", autocomplete: "current-password" }),
    make("label", {}, "As", make("select", { name: "userKind" }, ...kinds)),
    make("button", {}, "Sign in"),
    wrong,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      session = await call("POST", "/v1/session", Object.fromEntries(new FormData(form)));
      // the console asks who is signed in only where somebody is
      localStorage.setItem("patron.signedIn", "yes");
      show();
    } catch (problem) {
      wrong.textContent = inWords(problem);
    }
  });
  return make("details", { class: "sign-in" }, make("summary", {}, "Sign in to try it"), form);
}
