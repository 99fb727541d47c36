import assert from "node:assert/strict";
import { api, scenario, signedInto, signIn } from "../scenario.mjs";

const create = (page) => page.getByRole("button", { name: /^Create customer/ });

/** Rules as at first. */
const forget = (mask) => api.call("PATCH", `/v1/fieldPolicy?updateMask=${mask}`, {});

/** Opens the rules to be edited. */
async function edit(page) {
  await page.goto("/settings");
  await page.getByRole("link", { name: "Fields" }).click();
  await page.getByRole("heading", { name: "Fields", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Edit", exact: true }).click();
}

/** The form of a new customer, at the counter. */
async function atTheCounter(page) {
  await page.goto("/customers/new");
  await page.getByRole("combobox", { name: "Channel" }).selectOption("Point of sale");
}

scenario("a phone is asked for at the counter, and the rep who forgets it is told at its field", {}, async (page, their) => {
  await edit(page);
  await page.getByRole("combobox", { name: "Primary phone: Point of sale" }).selectOption("Required");
  await page.getByRole("button", { name: /^Save/ }).click();
  await page.getByText("Saved.").waitFor();

  const rep = await api.staff("sales-rep");
  const context = await their.browser().newContext({ baseURL: api.url, locale: "en-GB" });
  try {
    const counter = await context.newPage();
    await signIn(counter, rep.username, rep.password);
    await signedInto(counter);
    const tag = crypto.randomUUID().slice(0, 8);
    await atTheCounter(counter);
    const phone = counter.locator("#customer-primaryPhone");
    await counter.locator('#customer-primaryPhone[required]').waitFor();
    await counter.getByLabel("First name").fill("Ada");
    await counter.getByLabel("Last name").fill(`Quick${tag}`);
    await counter.getByLabel("Email").fill(`ada-${tag}@example.com`);
    await create(counter).click();
    await counter.getByRole("alert").getByText("One field needs another look").waitFor();
    await counter.getByText("Fill this in.").waitFor();
    await phone.fill("+44 20 7946 0018");
    await create(counter).click();
    await counter.getByRole("heading", { name: `Ada Quick${tag}`, level: 1 }).waitFor();
    await counter.getByRole("complementary").getByText("Point of sale").waitFor();
    const [sold] = (await api.call("GET", `/v1/customers?query=quick${tag}`)).customers;
    assert.equal(sold.channel, "CHANNEL_POINT_OF_SALE");
    const sellers = await Promise.all(sold.assignedStaff.map((name) => api.call("GET", `/v1/${name}`)));
    assert.deepEqual(sellers.map(({ username }) => username), [rep.username]);
  } finally {
    await context.close();
    await forget("primaryPhone");
  }
});

scenario("a company alone is taken at the counter once the policy allows it", {}, async (page) => {
  const tag = crypto.randomUUID().slice(0, 8);
  await edit(page);
  for (const field of ["First name", "Last name"]) {
    await page.getByRole("combobox", { name: `${field}: Point of sale` }).selectOption("Off");
  }
  await page.getByRole("combobox", { name: "Email: Point of sale" }).selectOption("Optional");
  await page.keyboard.press("Control+Enter");
  await page.getByText("Saved.").waitFor();
  try {
    await atTheCounter(page);
    await page.getByLabel("First name").waitFor({ state: "detached" });
    await create(page).click();
    await page.getByRole("alert").getByText("One field needs another look").waitFor();
    await page.getByText("A customer needs a name, a company or an email.").waitFor();
    await page.getByLabel("Company").fill(`Initech ${tag}`);
    await create(page).click();
    await page.getByRole("heading", { name: `Initech ${tag}`, level: 1 }).waitFor();
    await page.goto(`/customers?q=${tag}`);
    await page.getByRole("link", { name: `Initech ${tag}`, exact: true }).first().waitFor();
  } finally {
    await forget("firstName,lastName,email");
  }
});

scenario("a pattern is told in its own words where somebody writes otherwise", {}, async (page) => {
  await edit(page);
  await page.getByRole("button", { name: "What Tax number must look like" }).click();
  await page.getByLabel("Pattern").fill("([A-Z]{2}[0-9]{9}");
  await page.getByLabel("What it asks for").fill("two letters and nine digits");
  await page.keyboard.press("Control+Enter");
  await page.getByText("This is no regular expression.").waitFor();
  await page.getByLabel("Pattern").fill("[A-Z]{2}[0-9]{9}");
  await page.keyboard.press("Control+Enter");
  await page.getByText("Saved.").waitFor();
  await page.getByText("[A-Z]{2}[0-9]{9}").waitFor();
  try {
    const customer = await api.customer();
    await page.goto(`/${customer.name}?edit=true`);
    await page.getByLabel("Tax number").fill("123");
    await page.getByRole("button", { name: /^Save/ }).click();
    await page.getByText("Write it as asked for: two letters and nine digits.").waitFor();
    await page.getByLabel("Tax number").fill("DE123456789");
    await page.getByRole("button", { name: /^Save/ }).click();
    await page.getByText("Saved.").waitFor();
    assert.equal((await api.call("GET", `/v1/${customer.name}`)).taxNumber, "DE123456789");
  } finally {
    await forget("taxNumber");
  }
});

scenario("of two who change one rule the second chooses, and changes of other rules stand", {}, async (page) => {
  await edit(page);
  await page.getByRole("combobox", { name: "Department: Import" }).selectOption("Required");
  await page.getByRole("combobox", { name: "Job title: Import" }).selectOption("Off");
  const { etag } = await api.call("GET", "/v1/fieldPolicy");
  const rules = { department: { import: "NEED_OFF" }, fax: { import: "NEED_OFF" } };
  await api.call("PATCH", "/v1/fieldPolicy?updateMask=department.import,fax.import", rules, { "if-match": `"${etag}"` });
  await page.getByRole("button", { name: /^Save/ }).click();
  const dialog = page.getByRole("dialog", { name: "Somebody else changed this meanwhile" });
  await dialog.getByText("Department: Import").waitFor();
  await dialog.getByRole("radio", { name: "As you wrote it" }).check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  const now = await api.call("GET", "/v1/fieldPolicy");
  const needs = [now.department.import, now.jobTitle.import, now.fax.import];
  await forget("department,jobTitle,fax");
  assert.deepEqual(needs, ["NEED_REQUIRED", "NEED_OFF", "NEED_OFF"]);
});
