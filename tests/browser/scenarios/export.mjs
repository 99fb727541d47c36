import AxeBuilder from "@axe-core/playwright";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { api, scenario, signIn } from "../scenario.mjs";

/** The file that a person gets by this. */
async function download(page, action) {
  const [file] = await Promise.all([page.waitForEvent("download"), action()]);
  assert.equal(await file.failure(), null);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}

/** The end of the latest export by a search, as history has it. */
async function recorded() {
  for (;;) {
    const filter = encodeURIComponent('type = "export.created" OR type = "export.ended"');
    const { events } = await api.call("GET", `/v1/events?filter=${filter}`);
    const begun = events.find((it) => it.changes.some(({ field, new: to }) => field === "selected_by" && to?.includes("query")));
    const ended = events.find((it) => it.type === "export.ended" && it.resource === begun?.resource);
    if (ended) return ended;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

scenario("a manager takes what the list shows home as a table, with addresses, and history says so", {}, async (page) => {
  const tag = crypto.randomUUID().slice(0, 8);
  const group = await api.group("Wholesale");
  const address = { line1: "Hauptplatz 1", city: "Graz", postalCode: "8010", countryCode: "AT" };
  const mobilePhone = { number: "+43 664 1234567" };
  const company = `=HYPERLINK("http://evil.example")`;
  const more = { addresses: [address], groups: [group.name] };
  await api.customer({ firstName: "Zoë", lastName: `Brûlé${tag}`, company, mobilePhone }, more);
  await api.customer({ firstName: "Ada", lastName: `Quick${tag}` });
  await page.goto(`/customers?q=brule${tag}`);
  await page.getByRole("link", { name: `Zoë Brûlé${tag}`, exact: true }).waitFor();
  await page.getByRole("button", { name: "Export" }).click();
  const dialog = page.getByRole("dialog", { name: "Export customers" });
  await dialog.getByText(/^1 customer, about/).waitFor();
  const { violations } = await new AxeBuilder({ page }).include('[role="dialog"]').analyze();
  assert.deepEqual(violations, []);
  const file = await download(page, () => dialog.getByRole("link", { name: "Export" }).click());
  assert.match(file.name, /^customers-\d{4}-\d\d-\d\d\.csv$/);
  const lines = file.text.trimEnd().split("\r\n");
  assert.equal(lines.length, 2);
  assert.ok(lines[0].startsWith("\ufeffnumber,"));
  for (const part of ["Zoë", `Brûlé${tag}`, "Hauptplatz 1", "8010", "+43 664 1234567", group.displayName, `"'=HYPERLINK(`])
    assert.ok(lines[1].includes(part), `${part} in ${lines[1]}`);
  await page.getByText("The file is on its way").waitFor();
  const ended = await recorded();
  assert.equal(ended.changes.find((it) => it.field === "row_count").new, 1);
  assert.ok(!JSON.stringify(ended).includes(tag));
});

scenario("everyone is exported as lines of JSON, whatever the list shows", {}, async (page) => {
  const { totalSize } = await api.call("GET", "/v1/customers?pageSize=1");
  await page.goto("/customers?time=7d");
  await page.getByRole("button", { name: "Export" }).click();
  const dialog = page.getByRole("dialog", { name: "Export customers" });
  await dialog.getByRole("radio", { name: "All customers" }).check();
  await dialog.getByRole("radio", { name: "JSON" }).check();
  await dialog.getByText(new RegExp(`^${totalSize} customers, about`)).waitFor();
  const file = await download(page, () => dialog.getByRole("link", { name: "Export" }).click());
  const customers = file.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(customers.length, totalSize);
  assert.ok(customers.every((it) => it.name && Array.isArray(it.addresses)));
});

scenario("a sales rep, who may not export, sees no such button", { as: "nobody" }, async (page) => {
  const { username, password } = await api.staff("sales-rep");
  await signIn(page, username, password);
  await page.getByRole("link", { name: "Customers" }).first().click();
  await page.getByRole("heading", { name: "Customers", exact: true }).waitFor();
  await page.getByRole("button", { name: "Columns" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Export" }).count(), 0);
});
