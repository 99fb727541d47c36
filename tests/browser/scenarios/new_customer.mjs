import assert from "node:assert/strict";
import { api, scenario } from "../scenario.mjs";

const create = (page) => page.getByRole("button", { name: /^Create customer/ });

scenario("a new customer needs a name and an email, and each that is missing says so at its field", {}, async (page) => {
  await page.goto("/customers");
  await page.getByRole("heading", { name: "Customers" }).waitFor();
  await page.keyboard.press("n");
  await create(page).click();
  await page.getByRole("alert").getByText("3 fields need another look").waitFor();
  for (const label of ["First name", "Last name", "Email"]) {
    assert.equal(await page.getByLabel(label).getAttribute("aria-invalid"), "true", label);
    // which is what its star says
    assert.equal(await page.getByLabel(label).getAttribute("required"), "", label);
  }
  await page.getByLabel("First name").and(page.locator(":focus")).waitFor();
  await page.getByRole("alert").getByRole("link", { name: "Email" }).click();
  await page.getByLabel("Email").and(page.locator(":focus")).waitFor();
});

scenario("a customer is made with sign-in, address, group and staff, and shown in view mode", {}, async (page) => {
  const tag = crypto.randomUUID().slice(0, 8);
  const group = await api.group("Friends");
  await page.goto("/customers/new");
  await page.getByLabel("First name").fill("Luís");
  await page.getByLabel("Last name").fill(`Gonçalves${tag}`);
  await page.getByLabel("Email").fill(`luis-${tag}@example.com`);
  await page.getByLabel("Primary phone", { exact: true }).fill("+55 12 3923-5555");
  await page.getByRole("button", { name: `Take lgoncalves${tag}5555` }).click();
  await page.getByRole("button", { name: "Make one up" }).click();
  await page.getByRole("button", { name: "Add an address" }).click();
  await page.getByRole("combobox", { name: "Country", exact: true }).fill("braz");
  await page.getByRole("option", { name: "Brazil" }).click();
  await page.getByRole("textbox", { name: "Address", exact: true }).fill("Av. Dr. Nelson D'Ávila 389");
  await page.getByRole("textbox", { name: "City" }).fill("São José dos Campos");
  await page.getByRole("combobox", { name: "State" }).fill("São P");
  await page.getByRole("option", { name: "São Paulo" }).click();
  await page.getByLabel("Postcode").fill("12243-750");
  await page.getByRole("combobox", { name: "Groups" }).fill(group.displayName);
  await page.getByRole("option", { name: group.displayName }).click();
  await create(page).click();
  await page.getByRole("heading", { name: `Luís Gonçalves${tag}`, level: 1 }).waitFor();
  await page.getByRole("button", { name: "Edit", exact: true }).waitFor();
  const [customer] = (await api.call("GET", `/v1/customers?query=goncalves${tag}`)).customers;
  assert.equal(customer.primaryPhone.number, "+551239235555");
  const overview = await api.call("GET", `/v1/${customer.name}:overview`);
  assert.equal(overview.account.username, `lgoncalves${tag}5555`);
  assert.equal(overview.account.passwordTemporary, true);
  assert.deepEqual([overview.addresses[0].city, overview.addresses[0].regionCode], ["São José dos Campos", "SP"]);
  assert.deepEqual(overview.memberships.map((it) => it.group), [group.name]);
  // the list that comes next shows it
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.getByRole("link", { name: `Luís Gonçalves${tag}`, exact: true }).first().waitFor();
});

scenario("a password is typed twice, and nobody signs in with an account that is made disabled", {}, async (page) => {
  const tag = crypto.randomUUID().slice(0, 8);
  await page.goto("/customers/new");
  await page.getByLabel("First name").fill("Luís");
  await page.getByLabel("Last name").fill(`Gonçalves${tag}`);
  await page.getByLabel("Email").fill(`luis-${tag}@example.com`);
  await page.getByRole("textbox", { name: "Temporary password", exact: true }).fill("one of the first days");
  await page.getByRole("textbox", { name: "Temporary password again" }).fill("one of the last days");
  await page.getByRole("switch", { name: "Enabled" }).click();
  await create(page).click();
  await page.getByText("The two are not the same.").waitFor();
  await page.getByRole("textbox", { name: "Temporary password again" }).fill("one of the first days");
  await create(page).click();
  await page.getByRole("heading", { name: `Luís Gonçalves${tag}`, level: 1 }).waitFor();
  const [customer] = (await api.call("GET", `/v1/customers?query=goncalves${tag}`)).customers;
  const account = await api.call("GET", `/v1/${customer.name}/account`);
  assert.deepEqual([account.status, account.passwordTemporary], ["STATUS_DISABLED", true]);
});

scenario("while a customer is typed those who may be the same are named, with the way to each", {}, async (page) => {
  const tag = crypto.randomUUID().slice(0, 8);
  const digits = String(10_000_000 + Math.floor(Math.random() * 89_999_999));
  const phone = `+49 171 ${digits}`;
  const known = await api.customer({ firstName: "Käthe", lastName: `Schmidt${tag}`, primaryPhone: { number: phone } });
  await page.goto("/customers/new");
  await page.getByLabel("First name").fill("Kathe");
  await page.getByLabel("Primary phone", { exact: true }).fill(phone);
  const warning = page.getByRole("status").filter({ hasText: "Perhaps this customer is here already" });
  await warning.getByText("same phone").waitFor();
  await page.getByLabel("Email").fill(known.email.toUpperCase());
  await warning.getByText("same email, same phone").waitFor();
  assert.ok((await warning.getByRole("link", { name: `Käthe Schmidt${tag}` }).getAttribute("href")).endsWith(known.name));
  await page.getByLabel("Primary phone", { exact: true }).fill("");
  await page.getByLabel("Email").fill(`another-${tag}@example.com`);
  await warning.waitFor({ state: "detached" });
  // nobody is kept from going on
  await page.getByLabel("Last name").fill(`Schmid${tag}`);
  await create(page).click();
  await page.getByRole("heading", { name: `Kathe Schmid${tag}`, level: 1 }).waitFor();
});

scenario("an email that somebody has is refused at its field", {}, async (page) => {
  const other = await api.customer();
  await page.goto("/customers/new");
  await page.getByLabel("First name").fill("Ada");
  await page.getByLabel("Last name").fill("Quick");
  await page.getByLabel("Email").fill(other.email.toUpperCase());
  await create(page).click();
  await page.getByText("Somebody else has this already.").waitFor();
  await page.getByLabel("Email").and(page.locator('[aria-invalid="true"]')).waitFor();
});
