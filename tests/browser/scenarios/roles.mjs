import assert from "node:assert/strict";
import { api, scenario, signedInto, signIn } from "../scenario.mjs";

const tag = () => crypto.randomUUID().slice(0, 8);
const staffOf = async (username) => (await api.call("GET", "/v1/staff?pageSize=100")).staff.find((it) => it.username === username);
const roleOf = async (displayName) => (await api.call("GET", "/v1/roles?pageSize=100")).roles.find((it) => it.displayName === displayName);

scenario("an administrator makes a role that may only read and gives it to somebody, who then sees no buttons", {}, async (page, context) => {
  const { username, password } = await api.staff("support");
  const name = `Reader ${tag()}`;
  await page.goto("/settings/roles");
  await page.getByRole("button", { name: "New role" }).click();
  const dialog = page.getByRole("dialog", { name: "New role" });
  await dialog.getByLabel(/^Name/).fill(name);
  await dialog.getByRole("button", { name: /^Create/ }).click();
  await dialog.getByText("Fill this in.").first().waitFor();
  await dialog.getByLabel(/^Whose customers/).selectOption({ label: "All customers" });
  for (const allowed of ["See customers", "See addresses", "See groups", "See what happened"]) await dialog.getByLabel(allowed, { exact: true }).check();
  await dialog.getByRole("button", { name: /^Create/ }).click();
  await page.getByText("The role can be given now.").waitFor();
  await page.getByRole("columnheader", { name }).waitFor();
  const made = await roleOf(name);
  assert.deepEqual(made.permissions, ["CUSTOMER_READ", "ADDRESS_READ", "GROUP_READ", "ACTIVITY_READ"].map((it) => `PERMISSION_${it}`));

  await page.goto("/settings/staff");
  const row = page.getByRole("row").filter({ hasText: username });
  await row.getByRole("button", { name: /^Edit/ }).click();
  const edit = page.getByRole("dialog", { name: /^Edit/ });
  await edit.getByLabel("Role").selectOption({ label: name });
  await edit.getByRole("button", { name: /^Save/ }).click();
  await row.getByText(name).waitFor();
  assert.equal((await staffOf(username)).role, made.name);

  const customer = await api.customer();
  const theirs = await context.browser().newContext({ baseURL: api.url, locale: "en-GB" });
  const screen = await theirs.newPage();
  await signIn(screen, username, password);
  await signedInto(screen);
  await screen.goto(`/${customer.name}`);
  await screen.getByRole("heading", { name: /Gonçalves/ }).waitFor();
  assert.equal(await screen.getByRole("button", { name: "Edit", exact: true }).count(), 0);
  await screen.goto("/customers");
  await screen.getByRole("heading", { name: "Customers" }).waitFor();
  await screen.locator("tbody tr[data-index]").first().waitFor();
  assert.equal(await screen.getByRole("link", { name: "New customer" }).or(screen.getByRole("button", { name: /^(New customer|Delete|Edit)/ })).count(), 0);

  await page.goto("/settings/roles");
  await page.getByRole("button", { name: `Edit ${name}` }).click();
  const change = page.getByRole("dialog", { name: `Edit ${name}` });
  await change.getByLabel("Create customers", { exact: true }).check();
  await change.getByRole("button", { name: /^Save/ }).click();
  await page.getByText("Saved.").waitFor();
  const until = Date.now() + 15_000;
  const offered = () => screen.getByRole("link", { name: "New customer" }).or(screen.getByRole("button", { name: "New customer" })).first();
  while (!(await offered().isVisible()) && Date.now() < until) {
    await screen.reload();
    await screen.locator("tbody tr[data-index]").first().waitFor();
  }
  assert.ok(await offered().isVisible(), "what the role allows now is not offered");
  await theirs.close();

  await page.getByRole("button", { name: `Delete ${name}` }).click();
  const remove = page.getByRole("dialog", { name: `Delete ${name}` });
  await remove.getByText("1 member of staff has this role.").waitFor();
  assert.equal(await remove.getByRole("button", { name: `Delete ${name}` }).isEnabled(), false);
  await api.call("PATCH", `/v1/${(await staffOf(username)).name}`, { role: "roles/viewer" });
  await page.reload();
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  await remove.getByRole("button", { name: `Delete ${name}` }).click();
  await page.getByText(`The role ${name} was deleted.`).waitFor();
  assert.equal(await roleOf(name), undefined);
});

scenario("who may manage roles gives nothing that they may not do themselves", {}, async (_, context) => {
  const name = `Foreman ${tag()}`;
  const permissions = ["CUSTOMER_READ", "ACTIVITY_READ", "STAFF_MANAGE", "ROLE_MANAGE"].map((it) => `PERMISSION_${it}`);
  const role = await api.call("POST", "/v1/roles", { displayName: name, scope: "SCOPE_ALL", permissions });
  const { username, password } = await api.staff(role.name.split("/")[1]);
  const theirs = await context.browser().newContext({ baseURL: api.url, locale: "en-GB" });
  const screen = await theirs.newPage();
  await signIn(screen, username, password);
  await signedInto(screen);
  await screen.goto("/settings/roles");
  await screen.getByRole("button", { name: "New role" }).click();
  const dialog = screen.getByRole("dialog", { name: "New role" });
  await dialog.getByText("What you may not do yourself, you cannot give.").waitFor();
  assert.equal(await dialog.getByLabel("Delete customers", { exact: true }).isEnabled(), false);
  assert.equal(await dialog.getByLabel("See customers", { exact: true }).isEnabled(), true);
  await screen.keyboard.press("Escape");
  await screen.getByRole("button", { name: `Edit ${name}` }).click();
  const edit = screen.getByRole("dialog", { name: `Edit ${name}` });
  await edit.getByLabel(/^Name/).fill(`${name} and more`);
  await edit.getByRole("button", { name: /^Save/ }).click();
  await edit.getByText(/Nobody changes a role that they have themselves/).waitFor();
  assert.equal((await roleOf(name)).name, role.name);
  await theirs.close();
});
