// The start page: signs in, and lists and searches customers.

import { call, current, inWords, signIn, signOut } from "/session.js";

const element = (id) => document.getElementById(id);
const columns = [
  ({ number }) => number,
  ({ firstName, lastName }) => `${firstName} ${lastName}`,
  ({ email }) => email,
  ({ primaryPhone }) => primaryPhone?.formatted || primaryPhone?.number,
  ({ company }) => company,
  ({ city, countryCode }) => [city, countryCode].filter(Boolean).join(", "),
];

let nextPageToken = "";

// Runs what a person asked for, and says what went wrong.
async function attempt(action) {
  element("message").textContent = "";
  try {
    await action();
  } catch (problem) {
    element("message").textContent = inWords(problem);
    if (problem.status === 401) show(undefined);
  }
}

function show(session) {
  element("sign-in").hidden = Boolean(session);
  element("sign-out").hidden = !session;
  element("customers").hidden = !session;
  element("who").textContent = session ? session.userDisplayName || session.user : "";
}

async function enter(session) {
  show(session);
  if (session) await list();
}

// Lists the customers that the search finds: the first page, or the next one.
async function list(next = false) {
  const query = new FormData(element("search")).get("query").trim();
  const parameters = new URLSearchParams({ query, pageSize: 25, pageToken: next ? nextPageToken : "" });
  const page = await call("GET", `/v1/customers?${parameters}`);
  nextPageToken = page.nextPageToken;
  const rows = page.customers.map((customer) => {
    const row = document.createElement("tr");
    for (const column of columns) row.insertCell().textContent = column(customer) ?? "";
    return row;
  });
  if (next) {
    element("rows").append(...rows);
  } else {
    element("rows").replaceChildren(...rows);
    const about = page.totalSizeEstimated ? "about " : "";
    element("found").textContent = `${about}${page.totalSize} ${page.totalSize === 1 ? "customer" : "customers"}`;
  }
  element("more").hidden = !nextPageToken;
}

element("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  attempt(async () => {
    await enter(await signIn(form.get("identifier"), form.get("password"), form.get("userKind")));
    event.target.reset();
  });
});

element("search").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(list);
});

element("more").addEventListener("click", () => attempt(() => list(true)));

element("sign-out").addEventListener("click", () =>
  attempt(async () => {
    await signOut();
    element("rows").replaceChildren();
    show(undefined);
  }),
);

attempt(async () => enter(await current()));
