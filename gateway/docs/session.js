// Calls of the API from a page of this origin. The session is a cookie that no script can read; what changes something needs
// the session's CSRF token besides.

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
export async function call(method, path, body) {
  const response = await send(method, path, body);
  const answer = response.status === 204 ? undefined : await response.json();
  if (!response.ok) throw answer;
  return answer;
}

export async function signIn(identifier, password, userKind) {
  session = await call("POST", "/v1/session", { identifier, password, userKind });
  return session;
}

export async function signOut() {
  await call("DELETE", "/v1/session");
  session = undefined;
}

// What a problem says to a person.
export function inWords(problem) {
  const fields = (problem.violations ?? []).map(({ field, description }) => `${field} ${description}`);
  return [problem.detail ?? "The server did not answer.", ...fields].join(" · ");
}
