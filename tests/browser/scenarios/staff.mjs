import assert from "node:assert/strict";
import { api, scenario, signedInto, signIn } from "../scenario.mjs";

const tag = () => crypto.randomUUID().slice(0, 8);
const staffOf = async (username) => (await api.call("GET", "/v1/staff?pageSize=100")).staff.find((it) => it.username === username);

scenario("an administrator takes on a member of staff, who signs in with the password handed over", {}, async (page, context) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const username = `nora-${tag()}`;
  await page.goto("/settings");
  await page.getByRole("heading", { name: "Staff" }).waitFor();
  await page.getByRole("button", { name: "New member of staff" }).click();
  const dialog = page.getByRole("dialog", { name: "New member of staff" });
  await dialog.getByLabel(/^Name/).fill("Nora New");
  await dialog.getByLabel("Username").fill(username);
  await dialog.getByLabel("Email").fill(`${username}@example.com`);
  await dialog.getByRole("button", { name: /^Create/ }).click();
  await dialog.getByLabel("Role").and(dialog.locator('[aria-invalid="true"]')).waitFor();
  await dialog.getByLabel("Role").selectOption({ label: "Support" });
  await dialog.getByRole("button", { name: /^Create/ }).click();
  await dialog.getByText("Hand this to Nora New.").waitFor();
  await dialog.getByRole("button", { name: /^Copy/ }).last().click();
  const password = await page.evaluate(() => navigator.clipboard.readText());
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByRole("cell", { name: username, exact: true }).waitFor();
  assert.equal((await staffOf(username)).role, "roles/support");

  const theirs = await context.browser().newContext({ baseURL: api.url, locale: "en-GB" });
  const screen = await theirs.newPage();
  await signIn(screen, username, password);
  await screen.getByRole("heading", { name: "Choose your password" }).waitFor();
  await theirs.close();
});

scenario("who leaves is disabled and is signed out, and the last administrator stays", {}, async (page, context) => {
  const { username, password } = await api.staff("support");
  const theirs = await context.browser().newContext({ baseURL: api.url, locale: "en-GB" });
  const screen = await theirs.newPage();
  await signIn(screen, username, password);
  await signedInto(screen);

  await page.goto("/settings/staff");
  const row = page.getByRole("row").filter({ hasText: username });
  await row.getByRole("button", { name: /^More for/ }).click();
  await page.getByRole("menuitem", { name: "Disable sign-in" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Disable sign-in" }).click();
  await page.getByText("can no longer sign in.").waitFor();
  await row.getByText("Disabled").waitFor();
  assert.equal((await staffOf(username)).disabled, true);
  // every process knows within five seconds
  const isOut = () => screen.getByRole("heading", { name: "Sign in to Patron" }).waitFor({ timeout: 1000 }).then(() => true, () => false);
  const until = Date.now() + 10_000;
  let out = false;
  while (!out && Date.now() < until) {
    await screen.reload();
    out = await isOut();
  }
  assert.ok(out, "they are still signed in");
  await theirs.close();

  const { staff } = await api.call("GET", "/v1/staff?pageSize=100");
  const others = staff.filter((it) => it.role === "roles/administrator" && it.username !== "admin" && !it.disabled);
  for (const { name } of others) await api.call("PATCH", `/v1/${name}`, { disabled: true });
  const administrator = page.getByRole("row").filter({ hasText: "(you)" });
  await administrator.getByRole("button", { name: /^Edit/ }).click();
  const edit = page.getByRole("dialog", { name: /^Edit/ });
  await edit.getByLabel("Role").selectOption({ label: "Viewer" });
  await edit.getByRole("button", { name: /^Save/ }).click();
  await edit.getByText(/last administrator/).waitFor();
  assert.equal((await staffOf("admin")).role, "roles/administrator");
});

scenario("what each role allows stands in words", {}, async (page) => {
  await page.goto("/settings/roles");
  const row = page.getByRole("row").filter({ hasText: "Approve and decline customers" });
  await row.waitFor();
  const roles = (await page.getByRole("columnheader").allInnerTexts()).map((it) => it.split("\n")[0]);
  const allowed = (await row.getByRole("cell").allInnerTexts()).map((it) => it.trim());
  const may = Object.fromEntries(roles.map((role, place) => [role, allowed[place]]));
  assert.deepEqual([may["Manager"], may["Sales rep"]], ["Yes", "No"]);
});
