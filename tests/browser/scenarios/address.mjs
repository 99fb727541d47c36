import assert from "node:assert/strict";
import { api, scenario } from "../scenario.mjs";

const save = (page) => page.getByRole("button", { name: /^Save/ });
const held = async ({ name }) => (await api.call("GET", `/v1/${name}/addresses`)).addresses;

/** Chooses a country by a part of its name. */
async function choose(page, typed, name) {
  await page.getByRole("combobox", { name: "Country", exact: true }).fill(typed);
  await page.getByRole("option", { name, exact: true }).click();
}

scenario("an address asks for what its country has, and keeps what was typed when that changes", {}, async (page) => {
  const customer = await api.customer();
  await page.goto(`/${customer.name}/addresses`);
  await page.getByRole("button", { name: "Add address" }).click();
  await page.getByLabel("Label").fill("Work");
  await page.getByRole("textbox", { name: "Address", exact: true }).fill("1 Main Street");
  await choose(page, "united st", "United States");
  await page.getByRole("combobox", { name: "State" }).waitFor();
  assert.equal(await page.getByLabel("ZIP code").getAttribute("placeholder"), "95014");
  for (const label of ["City", "State", "ZIP code"]) {
    assert.equal(await page.getByLabel(label).first().getAttribute("required"), "", label);
  }
  await page.getByRole("textbox", { name: "City" }).fill("Springfield");
  await choose(page, "united k", "United Kingdom");
  assert.equal(await page.getByRole("textbox", { name: "Post town" }).inputValue(), "Springfield");
  await page.getByRole("combobox", { name: "State" }).waitFor({ state: "detached" });
  await choose(page, "united st", "United States");
  assert.equal(await page.getByRole("textbox", { name: "Address", exact: true }).inputValue(), "1 Main Street");
  await page.getByRole("combobox", { name: "State" }).fill("illi");
  await page.getByRole("option", { name: "Illinois" }).click();
  await page.getByLabel("ZIP code").fill("62701");
  await save(page).click();
  await page.getByRole("region", { name: "Work" }).getByText("Springfield, IL 62701").waitFor();
  const [address] = await held(customer);
  assert.deepEqual([address.countryCode, address.regionCode, address.postalCode], ["US", "IL", "62701"]);
});

scenario("an address that breaks a rule says so at its field, and is kept with a reason, which is marked", {}, async (page) => {
  const customer = await api.customer();
  await page.goto(`/${customer.name}/addresses`);
  await page.getByRole("button", { name: "Add address" }).click();
  await page.getByLabel("Label").fill("Farm");
  await choose(page, "portug", "Portugal");
  await page.getByRole("textbox", { name: "Address", exact: true }).fill("Quinta do Vale");
  await page.getByRole("textbox", { name: "City" }).fill("Évora");
  await page.getByLabel("Postcode").fill("99");
  await save(page).click();
  await page.getByText(/This is no postcode of Portugal\. They look like \d{4}-\d{3}/).waitFor();
  await page.getByLabel("Postcode").and(page.locator(":focus")).waitFor();
  await page.getByRole("button", { name: "Keep it with a reason" }).click();
  await page.getByLabel("Why it may stay as it is").fill("The farm has none of its own");
  await save(page).click();
  const card = page.getByRole("region", { name: "Farm" });
  await card.getByText("Kept though it breaks a rule: The farm has none of its own").waitFor();
  // another change of what it excuses leaves the reason
  await card.getByRole("button", { name: "Edit Farm" }).click();
  await page.getByLabel("Postcode").fill("98");
  await save(page).click();
  await card.getByText("The farm has none of its own").waitFor();
  const [address] = await held(customer);
  assert.deepEqual([address.postalCode, address.ruleException], ["98", "The farm has none of its own"]);
});

scenario("what is wrong is said in the language of the person", { locale: "de" }, async (page) => {
  const customer = await api.customer();
  await page.goto(`/${customer.name}?edit=true`);
  await page.getByLabel("E-Mail").first().fill("nobody");
  await page.keyboard.press("Control+Enter");
  await page.getByText("Das ist keine E-Mail-Adresse. Sie sehen aus wie name@example.com.").waitFor();
  assert.equal((await api.call("GET", `/v1/${customer.name}`)).email, customer.email);
});

scenario("a new customer is made with two addresses, of two countries", {}, async (page) => {
  const tag = crypto.randomUUID().slice(0, 8);
  await page.goto("/customers/new");
  await page.getByLabel("First name").fill("Ada");
  await page.getByLabel("Last name").fill(tag);
  await page.getByLabel("Email").fill(`ada-${tag}@example.com`);
  await page.getByRole("button", { name: "Add an address" }).click();
  const first = page.getByRole("group", { name: /^Address/ }).first();
  await first.getByRole("combobox", { name: "Country", exact: true }).fill("portug");
  await page.getByRole("option", { name: "Portugal", exact: true }).click();
  await first.getByRole("textbox", { name: "Address", exact: true }).fill("Rua das Flores 12");
  await first.getByRole("textbox", { name: "City" }).fill("Lisboa");
  await first.getByLabel("Postcode").fill("1200-192");
  await page.getByRole("button", { name: "Add another address" }).click();
  const second = page.getByRole("group", { name: "Address 2" });
  await second.getByRole("combobox", { name: "Country", exact: true }).fill("irel");
  await page.getByRole("option", { name: "Ireland", exact: true }).click();
  await second.getByRole("textbox", { name: "Address", exact: true }).fill("1 Quay Street");
  await page.getByRole("button", { name: /^Create customer/ }).click();
  // the second lacks its city: its field says so, and not that of the first
  await page.getByRole("alert").getByText(/needs? another look/).waitFor();
  await second.locator('[aria-invalid="true"]').first().waitFor();
  assert.equal(await first.locator('[aria-invalid="true"]').count(), 0);
  await second.getByRole("textbox", { name: /City|Town/ }).first().fill("Galway");
  await page.getByRole("button", { name: /^Create customer/ }).click();
  await page.getByRole("heading", { name: `Ada ${tag}`, level: 1 }).waitFor();
  const [customer] = (await api.call("GET", `/v1/customers?query=${tag}`)).customers;
  assert.deepEqual((await held(customer)).map((it) => it.countryCode).toSorted(), ["IE", "PT"]);
});
