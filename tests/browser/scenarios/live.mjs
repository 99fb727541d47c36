import assert from "node:assert/strict";
import { api, scenario } from "../scenario.mjs";

/** Opens a page, and waits until it follows what happens. */
async function follow(page, path) {
  const stream = page.waitForResponse((response) => response.url().includes("events:watch"));
  await page.goto(path);
  await stream;
}

scenario("what somebody else saves is on the open record within a second, with a note who it was", {}, async (page) => {
  const customer = await api.customer({ company: "Initech" });
  await follow(page, `/${customer.name}`);
  await page.getByText("Initech").first().waitFor();
  await api.call("PATCH", `/v1/${customer.name}`, { company: "Globex" });
  await page.getByText("Globex").first().waitFor({ timeout: 2000 });
  await page.getByRole("status").getByText(/changed something at/).waitFor();
});

scenario("while one edits, fields that somebody else changes follow, and what one typed stays", {}, async (page) => {
  const customer = await api.customer({ company: "Initech", jobTitle: "Engineer" });
  await follow(page, `/${customer.name}?edit=true`);
  await page.getByLabel("Job title").fill("Captain");
  await api.call("PATCH", `/v1/${customer.name}`, { company: "Globex" });
  await page.waitForFunction(() => [...document.querySelectorAll("form input")].some((it) => it.value === "Globex"));
  assert.equal(await page.getByLabel("Job title").inputValue(), "Captain");
  await page.getByRole("button", { name: /^Save/ }).click();
  await page.getByText("Saved.").waitFor();
  const now = await api.call("GET", `/v1/${customer.name}`);
  assert.deepEqual([now.company, now.jobTitle], ["Globex", "Captain"]);
});

scenario("a list says how many are new, pulls them in when asked, and a changed row keeps its place", {}, async (page) => {
  const seen = await api.customer({ firstName: "Ada", lastName: `Seen${crypto.randomUUID().slice(0, 8)}` });
  await follow(page, "/customers");
  await page.getByRole("link", { name: `Ada ${seen.lastName}`, exact: true }).waitFor();
  const lastName = `Fresh${crypto.randomUUID().slice(0, 8)}`;
  await api.customer({ firstName: "Ada", lastName });
  const pill = page.getByRole("button", { name: /^\d+ new$/ });
  await pill.waitFor();
  assert.equal(await page.getByRole("link", { name: `Ada ${lastName}`, exact: true }).count(), 0);
  const place = await page.locator("tbody tr[data-index]").first().innerText();
  await api.call("PATCH", `/v1/${seen.name}`, { company: "Globex" });
  await page.getByRole("row").filter({ hasText: seen.lastName }).getByText("Globex").waitFor();
  assert.equal((await page.locator("tbody tr[data-index]").first().innerText()).split("\n")[0], place.split("\n")[0]);
  await pill.click();
  await page.getByRole("link", { name: `Ada ${lastName}`, exact: true }).waitFor();
  await pill.waitFor({ state: "hidden" });
});
