import assert from "node:assert/strict";
import { api, scenario } from "../scenario.mjs";

scenario("home says how many customers came each day, and a day leads to them", {}, async (page) => {
  await api.customer();
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  await page.goto("/");
  const today = page.getByRole("table", { name: "New customers of each day" }).getByRole("row").last();
  await today.waitFor({ state: "attached" });
  const counted = Number((await today.getByRole("cell").innerText()).replaceAll(",", ""));
  const { totalSize } = await api.call("GET", `/v1/customers?pageSize=1&createTimeFrom=${midnight.toISOString()}`);
  assert.ok(counted > 0 && counted <= totalSize, `${counted} of ${totalSize}`);
  await page.locator("main a[title]").last().click();
  await page.getByRole("heading", { name: "Customers", level: 1 }).waitFor();
  const { searchParams } = new URL(page.url());
  assert.equal(searchParams.get("time"), "custom");
});

scenario("home shows what changed last, and leads to whom it concerns", {}, async (page) => {
  const lastName = `Latest${crypto.randomUUID().slice(0, 8)}`;
  const customer = await api.customer({ firstName: "Ada", lastName });
  await page.goto("/");
  await page.getByRole("link", { name: `Ada ${lastName}` }).first().click();
  await page.waitForURL(`**/${customer.name}`);
  await page.getByRole("heading", { name: `Ada ${lastName}` }).waitFor();
});

scenario("home says which work of mine failed, and leads to it", {}, async (page) => {
  const gone = await api.customer();
  await api.call("DELETE", `/v1/${gone.name}`);
  const selection = { names: [gone.name] };
  const work = await api.call("POST", "/v1/customers:bulkDisable", { selection, reason: "Audit" });
  while (!(await api.call("GET", `/v1/${work.name}:wait`)).done);
  await page.goto("/");
  const waiting = page.getByRole("region", { name: "Waiting for you" });
  await waiting.getByText("1 failed").first().waitFor();
  await waiting.locator(`a[href$="${work.name}"]`).click();
  await page.waitForURL(`**/${work.name}`);
});
