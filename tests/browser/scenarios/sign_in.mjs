import assert from "node:assert/strict";
import { api, scenario, signedInto, signIn } from "../scenario.mjs";

scenario("a member of staff signs in, sees the customers, and signs out", { as: "nobody" }, async (page) => {
  const { username, password } = await api.staff("support");
  await signIn(page, username, "not my password");
  await page.getByRole("alert").getByText("Username or password is wrong").waitFor();
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await signedInto(page);
  await page.getByRole("navigation", { name: "Modules" }).getByRole("link", { name: "Customers", exact: true }).click();
  await page.locator("tbody tr[data-index]").first().waitFor();
  await page.getByRole("button", { name: "Account of Rita support" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to Patron" }).waitFor();
  assert.equal(await page.evaluate(() => localStorage.getItem("patron.open")), "[]");
});

scenario("who was given a password chooses one of their own first", { as: "nobody" }, async (page) => {
  const username = `new-${crypto.randomUUID().slice(0, 8)}`;
  const given = `given ${crypto.randomUUID()}`;
  const staff = { username, displayName: "Nora New", email: `${username}@example.com`, role: "roles/viewer" };
  await api.call("POST", "/v1/staff", { staff, password: given });
  await signIn(page, username, given);
  await page.getByRole("heading", { name: "Choose your password" }).waitFor();
  await page.getByLabel("Current password").fill(given);
  await page.getByLabel("New password", { exact: true }).fill("short");
  await page.getByLabel("New password again").fill("other");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Use at least 15 characters.").waitFor();
  const chosen = `chosen ${crypto.randomUUID()}`;
  await page.getByLabel("New password", { exact: true }).fill(chosen);
  await page.getByLabel("New password again").fill(chosen);
  await page.getByRole("button", { name: "Change password" }).click();
  await signedInto(page);
});

scenario("a session that ends by itself loses nothing that was typed", { as: "nobody" }, async (page, context) => {
  const { username, password } = await api.staff("manager");
  const customer = await api.customer();
  await signIn(page, username, password);
  await signedInto(page);
  await page.goto(`/${customer.name}?edit=true`);
  await page.getByLabel("Job title").fill("Captain");
  await context.clearCookies();
  await page.getByRole("button", { name: /^Save/ }).click();
  const dialog = page.getByRole("dialog", { name: "Your session has ended" });
  await dialog.getByLabel("Username or email").fill(username);
  await dialog.getByLabel("Password", { exact: true }).fill(password);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.getByRole("button", { name: /^Save/ }).click();
  await page.getByText("Saved.").waitFor();
  assert.equal((await api.call("GET", `/v1/${customer.name}`)).jobTitle, "Captain");
});

scenario("a role sees nothing that it may not do, and a direct link says what is missing", { as: "nobody" }, async (page) => {
  const { username, password } = await api.staff("viewer");
  const customer = await api.customer();
  await signIn(page, username, password);
  await signedInto(page);
  const modules = page.getByRole("navigation", { name: "Modules" });
  for (const name of ["Approvals", "Settings"]) assert.equal(await modules.getByRole("link", { name }).count(), 0);
  await page.goto("/customers");
  await page.locator("tbody tr[data-index]").first().waitFor();
  assert.equal(await page.getByRole("link", { name: "New customer" }).count(), 0);
  assert.equal(await page.getByRole("button", { name: /^Delete/ }).count(), 0);
  await page.goto(`/${customer.name}`);
  await page.getByRole("heading", { name: "Luís Gonçalves" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Edit" }).count(), 0);
  await page.goto("/customers/new");
  await page.getByText("customer.create").waitFor();
});
