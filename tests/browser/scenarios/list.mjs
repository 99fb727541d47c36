import assert from "node:assert/strict";
import { api, scenario } from "../scenario.mjs";

const rows = (page) => page.locator("tbody tr[data-index]");

/** Waits until the list shows so many and no others: who is searched may stand in the list of before too. */
const rowsAre = (page, count) =>
  page.waitForFunction((count) => document.querySelectorAll("tbody tr[data-index]").length === count, count);

scenario("a customer is found by parts of a name, however accents are typed", {}, async (page) => {
  const tag = crypto.randomUUID().slice(0, 8);
  await api.customer({ firstName: "Zoë", lastName: `Brûlé${tag}` });
  await page.goto("/customers");
  await page.getByLabel("Search customers").fill(`zoe brule${tag}`);
  await rowsAre(page, 1);
  await page.getByRole("link", { name: `Zoë Brûlé${tag}`, exact: true }).waitFor();
  assert.match(page.url(), new RegExp(`q=zoe(\\+|%20)brule${tag}`));
  // the address alone shows the same
  await page.reload();
  await page.getByRole("link", { name: `Zoë Brûlé${tag}`, exact: true }).waitFor();
});

scenario("the answer to an earlier search never stands over that to a later one", {}, async (page) => {
  const tag = crypto.randomUUID().slice(0, 8);
  await api.customer({ lastName: `First${tag}` });
  await api.customer({ lastName: `Second${tag}` });
  await page.goto("/customers");
  await page.route(/query=First/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await route.continue().catch(() => {});
  });
  const asked = page.waitForRequest(/query=First/);
  await page.getByLabel("Search customers").fill(`First${tag}`);
  await asked;
  await page.getByLabel("Search customers").fill(`Second${tag}`);
  await page.getByRole("link", { name: `Luís Second${tag}`, exact: true }).waitFor();
  await page.waitForTimeout(1800);
  assert.equal(await page.getByRole("link", { name: `Luís First${tag}`, exact: true }).count(), 0);
  assert.equal(await rows(page).count(), 1);
});

scenario("filters, order and columns are in the address, and can be taken away", {}, async (page) => {
  await page.goto("/customers");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByRole("menuitem", { name: "Country" }).click();
  await page.getByLabel("Search in Country").fill("braz");
  await page.getByRole("checkbox", { name: "Brazil" }).check();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: "Country" }).check();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Email" }).click();
  await page.getByRole("columnheader", { name: "Email" }).and(page.locator('[aria-sort="ascending"]')).waitFor();
  await page.reload();
  await rows(page).first().waitFor();
  const shown = await rows(page).count();
  assert.ok(shown > 0);
  assert.equal(await rows(page).getByText("Brazil").count(), shown);
  const emails = await rows(page).locator("td:nth-child(3)").allInnerTexts();
  assert.deepEqual(emails, emails.toSorted());
  await page.getByRole("button", { name: "Remove filter Country" }).click();
  await page.waitForURL((url) => !url.search.includes("BR"));
});

scenario("a long list goes on to its last row without a click", {}, async (page) => {
  await page.goto("/customers?time=all");
  await rows(page).first().waitFor();
  const total = (await api.call("GET", "/v1/customers?pageSize=1")).totalSize;
  const table = page.getByRole("region", { name: "Customers" });
  await table.hover();
  while ((await page.locator(`tbody tr[data-index="${total - 1}"]`).count()) === 0) await page.mouse.wheel(0, 4000);
  // of hundreds only those in sight are there
  assert.ok((await rows(page).count()) < 80);
});

scenario("the keyboard alone leads from a search to a record and back", {}, async (page) => {
  const tag = crypto.randomUUID().slice(0, 8);
  for (const first of ["Anna", "Berta"]) await api.customer({ firstName: first, lastName: tag });
  await page.goto("/activity");
  await page.getByRole("heading", { name: "Activity" }).waitFor();
  await page.keyboard.press("/");
  await page.getByLabel("Search customers").and(page.locator(":focus")).waitFor();
  await page.keyboard.type(tag);
  await rowsAre(page, 2);
  await page.getByRole("link", { name: `Anna ${tag}`, exact: true }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const name = await page.locator(":focus").innerText();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.getByRole("heading", { name: "Customers", level: 1 }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
});

scenario("the palette finds a customer from anywhere", {}, async (page) => {
  const tag = crypto.randomUUID().slice(0, 8);
  await api.customer({ lastName: tag });
  await page.goto("/activity");
  await page.getByRole("heading", { name: "Activity" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog").getByRole("textbox").fill(tag);
  await page.getByRole("dialog").getByText(`Luís ${tag}`).click();
  await page.getByRole("heading", { name: `Luís ${tag}` }).waitFor();
});
