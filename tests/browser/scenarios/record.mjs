import assert from "node:assert/strict";
import { idOf } from "../api.mjs";
import { api, scenario } from "../scenario.mjs";

const save = (page) => page.getByRole("button", { name: /^Save/ });

scenario("an edit changes what was edited, and leaves what somebody else edited meanwhile", {}, async (page) => {
  const customer = await api.customer({ company: "Initech", jobTitle: "Engineer" });
  await page.goto(`/${customer.name}`);
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByLabel("Job title").fill("Captain");
  await page.getByLabel("Birth date").fill("1980-02-03");
  await api.call("PATCH", `/v1/${customer.name}`, { company: "Globex" });
  await page.keyboard.press("Control+Enter");
  await page.getByText("Saved.").waitFor();
  await page.getByRole("button", { name: "Edit", exact: true }).waitFor();
  const now = await api.call("GET", `/v1/${customer.name}`);
  assert.equal(now.jobTitle, "Captain");
  assert.equal(now.company, "Globex");
  assert.deepEqual(now.birthDate, { year: 1980, month: 2, day: 3 });
  assert.equal(now.firstName, "Luís");
});

scenario("who changed the same field as somebody else chooses, field by field, and loses nothing", {}, async (page) => {
  const customer = await api.customer({ company: "Initech", jobTitle: "Engineer", department: "Sales" });
  await page.goto(`/${customer.name}?edit=true`);
  await page.getByLabel("Job title").fill("Captain");
  await page.getByLabel("Company").fill("Mine");
  await page.getByLabel("Department").fill("Bridge");
  await api.call("PATCH", `/v1/${customer.name}`, { company: "Theirs", jobTitle: "Admiral" });
  await save(page).click();
  const dialog = page.getByRole("dialog", { name: "Somebody else changed this meanwhile" });
  await dialog.getByRole("radiogroup", { name: "Company" }).getByRole("radio", { name: "As they saved it" }).click();
  await dialog.getByRole("radiogroup", { name: "Job title" }).getByRole("radio", { name: "As you wrote it" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  const now = await api.call("GET", `/v1/${customer.name}`);
  assert.deepEqual([now.company, now.jobTitle, now.department], ["Theirs", "Captain", "Bridge"]);
});

scenario("what the service refuses stands at its field, and what was typed stays", {}, async (page) => {
  const other = await api.customer();
  const customer = await api.customer();
  await page.goto(`/${customer.name}?edit=true`);
  await page.getByLabel("Email").fill(other.email);
  await save(page).click();
  await page.getByText("Somebody else has this already.").waitFor();
  assert.equal(await page.getByLabel("Email").getAttribute("aria-invalid"), "true");
  await page.getByLabel("Email").fill("nobody");
  await page.getByLabel("Primary phone", { exact: true }).fill("12");
  await save(page).click();
  await page.locator('[aria-invalid="true"]').nth(1).waitFor();
  assert.equal(await page.getByLabel("Email").inputValue(), "nobody");
  assert.equal((await api.call("GET", `/v1/${customer.name}`)).email, customer.email);
});

scenario("nothing that was typed is lost without a question", {}, async (page) => {
  const customer = await api.customer();
  await page.goto(`/${customer.name}?edit=true`);
  await page.getByLabel("Job title").fill("Captain");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Go on editing" }).click();
  await page.getByRole("link", { name: "Addresses" }).click();
  const dialog = page.getByRole("dialog", { name: "Leave without saving?" });
  await dialog.getByRole("button", { name: "Discard changes" }).click();
  await page.getByText("No addresses yet").waitFor();
  assert.equal((await api.call("GET", `/v1/${customer.name}`)).jobTitle, "");
});

scenario("the id of a save's trace stands on its line of the change history", {}, async (page, context) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const customer = await api.customer();
  await page.goto(`/${customer.name}?edit=true`);
  await page.getByLabel("Job title").fill("Captain");
  await save(page).click();
  await page.getByRole("alert").filter({ hasText: "Saved." }).getByRole("button", { name: /^Copy/ }).click();
  const trace = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(trace, /^[0-9a-f]{32}$/);
  await page.getByRole("link", { name: "Change history" }).click();
  const line = page.getByRole("listitem").filter({ has: page.getByRole("button", { name: `Copy ${trace.slice(0, 8)}` }) });
  await line.getByText("changed the record").waitFor();
  await line.getByText("Captain").waitFor();
});

scenario("an address is added, edited, made the default and deleted", {}, async (page) => {
  const customer = await api.customer();
  const held = async () => (await api.call("GET", `/v1/${customer.name}/addresses`)).addresses;
  await page.goto(`/${customer.name}/addresses`);
  for (const [label, city] of [["Home", "Zürich"], ["Chalet", "Evolène"]]) {
    await page.getByRole("button", { name: "Add address" }).click();
    await page.getByLabel("Label").fill(label);
    await page.getByRole("combobox", { name: "Country" }).fill("switz");
    await page.getByRole("option", { name: "Switzerland" }).click();
    await page.getByRole("textbox", { name: "Address", exact: true }).fill("Rue Centrale 12");
    await page.getByRole("textbox", { name: "City" }).fill(city);
    await page.getByLabel("Postcode").fill("8001");
    await page.getByRole("group", { name: "Used for" }).getByLabel("Shipping").check();
    await save(page).click();
    await page.getByRole("region", { name: label }).waitFor();
  }
  assert.deepEqual((await held()).map((it) => it.defaultUses), [["ADDRESS_USE_SHIPPING"], []]);
  const chalet = page.getByRole("region", { name: "Chalet" });
  await chalet.getByRole("button", { name: "More for Chalet" }).click();
  await page.getByRole("menuitem", { name: "Make it the default for Shipping" }).click();
  await chalet.getByText("Default for Shipping").waitFor();
  await chalet.getByRole("button", { name: "Edit Chalet" }).click();
  await page.getByLabel("Postcode").fill("1983");
  await save(page).click();
  await page.getByText("1983 Evolène").waitFor();
  await page.getByRole("button", { name: "More for Home" }).click();
  await page.getByRole("menuitem", { name: "Delete address" }).click();
  await page.getByRole("button", { name: "Delete Home" }).click();
  await page.getByRole("region", { name: "Home" }).waitFor({ state: "detached" });
  const [left, ...others] = await held();
  assert.deepEqual([left.label, left.postalCode, left.defaultUses, others], ["Chalet", "1983", ["ADDRESS_USE_SHIPPING"], []]);
});

scenario("a customer is put into groups and taken out", {}, async (page) => {
  const customer = await api.customer();
  const groups = [await api.group("Friends"), await api.group("Traders")];
  await page.goto(`/${customer.name}/groups`);
  for (const { displayName } of groups) {
    await page.getByRole("combobox", { name: "Add to a group" }).fill(displayName);
    await page.getByRole("option", { name: displayName }).click();
    await page.getByRole("listitem").filter({ hasText: displayName }).waitFor();
  }
  const second = page.getByRole("listitem").filter({ hasText: groups[1].displayName });
  await second.getByRole("button", { name: "Make primary" }).click();
  await second.getByText("Primary", { exact: true }).waitFor();
  await page.getByRole("listitem").filter({ hasText: groups[0].displayName }).getByRole("button", { name: "Remove" }).click();
  await page.getByRole("listitem").filter({ hasText: groups[0].displayName }).waitFor({ state: "detached" });
  const { memberships } = await api.call("GET", `/v1/${customer.name}/memberships`);
  assert.deepEqual(memberships.map(({ group, primary }) => [group, primary]), [[groups[1].name, true]]);
});

scenario("open records stay across modules and a reload, and keep ids alone", {}, async (page) => {
  const [one, other] = [await api.customer({ lastName: "One" }), await api.customer({ lastName: "Other" })];
  for (const { name } of [one, other]) {
    await page.goto(`/${name}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
  }
  await page.goto("/activity");
  const strip = page.getByRole("navigation", { name: "Open records" });
  await strip.getByRole("link", { name: "Luís One" }).waitFor();
  assert.deepEqual(
    await page.evaluate(() => JSON.parse(localStorage.getItem("patron.open"))),
    [idOf(one), idOf(other)],
  );
  await strip.getByRole("link", { name: "Luís One" }).click();
  await page.getByRole("heading", { name: "Luís One" }).waitFor();
  await strip.getByRole("button", { name: "Close Luís One" }).click();
  await page.getByRole("heading", { name: "Luís Other" }).waitFor();
});

scenario("a sign-in is disabled with a reason, and the record says so", {}, async (page) => {
  const username = `u${crypto.randomUUID().slice(0, 8)}`;
  const customer = await api.customer({}, { account: { username } });
  await page.goto(`/${customer.name}`);
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Disable sign-in" }).click();
  await page.getByLabel("Reason, for the history").fill("Asked for it on the phone");
  await page.getByRole("button", { name: "Disable sign-in" }).click();
  await page.getByRole("complementary").getByText("Disabled").waitFor();
  assert.equal((await api.call("GET", `/v1/${customer.name}/account`)).status, "STATUS_DISABLED");
});

scenario("a deletion names the customer, counts what goes, and is done", {}, async (page) => {
  const tag = crypto.randomUUID().slice(0, 8);
  const address = { line1: "Rua das Flores 12", city: "Lisboa", postalCode: "1200-192", countryCode: "PT" };
  const customer = await api.customer({ lastName: tag }, { addresses: [address, address] });
  await page.goto(`/customers?q=${tag}`);
  await page.getByRole("button", { name: `Delete Luís ${tag}` }).click();
  const dialog = page.getByRole("dialog", { name: `Delete Luís ${tag}` });
  await dialog.getByText("2 addresses").waitFor();
  await dialog.getByRole("button", { name: "Keep" }).click();
  await page.getByRole("button", { name: `Delete Luís ${tag}` }).and(page.locator(":focus")).waitFor();
  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: `Delete Luís ${tag}` }).click();
  await page.getByText("No customers match").waitFor();
  assert.equal(await api.status("GET", `/v1/${customer.name}`), 404);
  await page.goto(`/${customer.name}`);
  await page.getByRole("heading", { name: "Not found" }).waitFor();
});

scenario("what is noted of a customer by a key is added, edited and taken away, and stands in the history", {}, async (page) => {
  const customer = await api.customer();
  await page.goto(`/${customer.name}/metadata`);
  await page.getByText("Nothing noted yet").waitFor();
  await page.getByRole("button", { name: "Add an entry" }).click();
  await page.getByLabel("Key").fill("erp.id");
  await page.getByLabel("Value").fill("<b>K-17</b>");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("button", { name: "Edit erp.id" }).waitFor();
  await page.getByText("<b>K-17</b>").waitFor();
  const noted = async () => (await api.call("GET", `/v1/${customer.name}`)).metadata;
  assert.deepEqual(await noted(), { "erp.id": "<b>K-17</b>" });
  // another system writes another key meanwhile: both stand
  await page.getByRole("button", { name: "Edit erp.id" }).click();
  await api.call("PATCH", `/v1/${customer.name}?updateMask=metadata.tier`, { metadata: { tier: "gold" } });
  await page.getByLabel("Value").fill("K-18");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("button", { name: "Edit erp.id" }).waitFor();
  await page.getByText("gold").waitFor();
  assert.deepEqual(await noted(), { "erp.id": "K-18", tier: "gold" });
  await page.getByRole("button", { name: "Remove tier" }).click();
  await page.getByText("gold").waitFor({ state: "detached" });
  assert.deepEqual(await noted(), { "erp.id": "K-18" });
  await page.getByRole("link", { name: "Change history" }).click();
  await page.getByText("gold").first().waitFor();
});
