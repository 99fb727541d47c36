// The one place that talks to the API: the session's CSRF token, repeats without harm, and refusals as `Problem`.

import createClient, { type Middleware } from "openapi-fetch";
import { Problem } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

let csrfToken = "";
let whenSignedOut = () => {};
let askPassword: () => Promise<boolean> = () => Promise.resolve(false);

/** Takes the token of the session, to be sent with every call that changes something. Gives the one before. */
export function setCsrfToken(token: string): string {
  const before = csrfToken;
  csrfToken = token;
  return before;
}

/** Says what to do when the API no longer knows the session. */
export function onSignedOut(action: () => void): void {
  whenSignedOut = action;
}

/**
 * Says how a person proves who they are where the API wants that anew. True where they did: what they asked for is then sent again, and
 * whoever asked for it notices nothing.
 */
export function onStepUp(ask: () => Promise<boolean>): void {
  askPassword = ask;
}

/** What was sent, as it was, until it is answered. */
const sent = new Map<string, Request>();

const session: Middleware = {
  onRequest({ request, id }) {
    if (request.method !== "GET" && csrfToken) request.headers.set("x-csrf-token", csrfToken);
    sent.set(id, request.clone());
    return request;
  },
  async onResponse({ request, response, id }) {
    const again = sent.get(id);
    sent.delete(id);
    if (request.method !== "GET") remember(response);
    if (response.status !== 403 || !again || (await reasonOf(response)) !== "STEP_UP_REQUIRED") return undefined;
    if (!(await askPassword())) return undefined;
    if (request.method !== "GET") again.headers.set("x-csrf-token", csrfToken);
    const answered = await fetch(again);
    if (request.method !== "GET") remember(answered);
    return answered;
  },
  onError({ id }) {
    sent.delete(id);
  },
};

async function reasonOf(response: Response): Promise<string> {
  const document: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  return String((document as { reason?: unknown } | undefined)?.reason ?? "");
}

/** Changes of this window that are remembered. */
const OWN = 100;
const own: string[] = [];

function remember(response: Response): void {
  own.push(traceOf(response));
  own.splice(0, own.length - OWN);
}

/** Whether something was done in this window, by the id of its trace. */
export function isOwn(traceId: string): boolean {
  return own.includes(traceId);
}

function traceOf(response: Response): string {
  return response.headers.get("traceparent")?.split("-")[1] ?? "";
}

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  // a list in a query is written as the same name several times
  querySerializer: { array: { style: "form", explode: true } },
});
api.use(session);

/** A UUID for one thing that a person asked for: sent again with it, nothing is done twice. */
export function requestId(): string {
  return crypto.randomUUID();
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The content of an answer. Throws a `Problem` where the call was refused or nothing came. */
export async function answer<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await reached(call);
  if (!response.ok) throw refusal(error, response);
  return data as T;
}

/** The same with the id of the trace in which it was done. */
export async function traced<T>(call: Promise<Answer<T>>): Promise<{ data: T; traceId: string }> {
  const { data, error, response } = await reached(call);
  if (!response.ok) throw refusal(error, response);
  return { data: data as T, traceId: traceOf(response) };
}

async function reached<T>(call: Promise<Answer<T>>): Promise<Answer<T>> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem({ status: 0, reason: "UNREACHABLE" });
  }
}

function refusal(error: unknown, response: Response): Problem {
  const document = typeof error === "object" && error !== null ? error : {};
  const problem = new Problem(
    { ...document, status: response.status },
    Number(response.headers.get("retry-after")) || undefined,
  );
  // a wrong password is also 401, and says nothing of a session; what follows is said once, until somebody is signed in again
  if (problem.status === 401 && csrfToken) {
    csrfToken = "";
    whenSignedOut();
  }
  return problem;
}
