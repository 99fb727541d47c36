import assert from "node:assert/strict";
import { api, scenario } from "../scenario.mjs";

const read = ({ name }) => api.call("GET", `/v1/${name}/account`);

scenario("the sign-in doctor gives a customer an account, lets them in again, and has a code for a new password", {}, async (page) => {
  const customer = await api.customer();
  const username = `u${crypto.randomUUID().slice(0, 8)}`;
  await page.goto(`/${customer.name}`);
  await page.getByRole("link", { name: "Account access" }).click();
  const doctor = page.getByRole("region", { name: "Can the customer sign in?" });
  await doctor.getByText("There is no account to sign in with.").waitFor();
  await doctor.getByRole("button", { name: "Create an account" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Username").fill("a b");
  await dialog.getByRole("button", { name: "Create account" }).click();
  await dialog.getByText("Leave spaces out.").waitFor();
  await dialog.getByLabel("Username").fill(username);
  await dialog.getByRole("button", { name: "Create account" }).click();
  await doctor.getByText("There is no password yet.").waitFor();
  const known = page.getByRole("region", { name: "Account", exact: true });
  await known.getByText(username).waitFor();
  await known.getByText("It never changes.").waitFor();
  await known.getByRole("button", { name: "Disable sign-in" }).click();
  await dialog.getByLabel("Reason, for the history").fill("Asked for it on the phone");
  await dialog.getByRole("button", { name: "Disable sign-in" }).click();
  await known.getByText("Asked for it on the phone").waitFor();
  assert.equal((await read(customer)).status, "STATUS_DISABLED");
  await doctor.getByRole("listitem").filter({ hasText: "The sign-in is disabled." }).getByRole("button", { name: "Let sign in again" }).click();
  await dialog.getByRole("button", { name: "Let sign in again" }).click();
  await doctor.getByText("The sign-in is disabled.").waitFor({ state: "detached" });
  assert.equal((await read(customer)).status, "STATUS_ACTIVE");
  await doctor.getByRole("button", { name: "Give a code" }).click();
  await dialog.getByRole("button", { name: "Show a code" }).click();
  await dialog.getByRole("button", { name: /^Copy/ }).waitFor();
  const code = (await dialog.getByRole("button", { name: /^Copy/ }).innerText()).trim();
  await dialog.getByRole("button", { name: "Done" }).click();
  const reset = await api.send("POST", "/v1/accounts:resetPassword", { code, password: "quiet river seven" });
  assert.equal(reset.ok, true);
  await page.reload();
  await doctor.getByText("With the right password Luís Gonçalves can sign in.").waitFor();
});

scenario("a temporary password is made up, read out and to be changed", {}, async (page) => {
  const customer = await api.customer({}, { account: { username: `u${crypto.randomUUID().slice(0, 8)}` } });
  await page.goto(`/${customer.name}/access`);
  await page.getByRole("button", { name: "Set a temporary password" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Temporary password", { exact: true }).fill("short");
  await dialog.getByRole("button", { name: "Set password" }).click();
  await dialog.getByText("Use at least 12 characters.").waitFor();
  await dialog.getByRole("button", { name: "Make one up" }).click();
  await dialog.getByRole("button", { name: "Set password" }).click();
  await dialog.getByText("Read this out to Luís Gonçalves.").waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByText(/^Temporary, set/).waitFor();
  assert.equal((await read(customer)).passwordTemporary, true);
});

scenario("a customer who waits for approval is approved where the doctor says so", {}, async (page) => {
  const group = await api.call("POST", "/v1/groups", { displayName: `Trade ${crypto.randomUUID().slice(0, 8)}`, approvalRequired: true });
  const customer = await api.customer({}, { account: { username: `u${crypto.randomUUID().slice(0, 8)}` }, groups: [group.name] });
  await page.goto(`/${customer.name}/access`);
  const waits = page.getByRole("listitem").filter({ hasText: "The customer waits for approval." });
  await waits.getByRole("button", { name: "Approve" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
  await waits.waitFor({ state: "detached" });
  assert.equal((await read(customer)).status, "STATUS_ACTIVE");
});
