import assert from "node:assert/strict";
import { api, scenario, signedInto, signIn } from "../scenario.mjs";

const tag = () => crypto.randomUUID().slice(0, 8);

/** A group that asks for approval, and customers who wait because of it, with the passwords that they chose. */
async function waiting(count) {
  const group = await api.call("POST", "/v1/groups", { displayName: `Trade ${tag()}`, approvalRequired: true });
  const customers = [];
  for (let place = 0; place < count; place++) {
    const [username, lastName] = [`w${tag()}`, `Waits${tag()}`];
    const given = `given ${crypto.randomUUID()}`;
    const customer = await api.customer({ firstName: "Ada", lastName }, { account: { username, password: given }, groups: [group.name] });
    customers.push({ ...customer, username, given, who: `Ada ${lastName}` });
  }
  return { group, customers };
}

const account = ({ name }) => api.call("GET", `/v1/${name}/account`);

/** What the API answers a customer who signs in. */
async function signInStatus({ username, given }) {
  const body = { identifier: username, password: given, userKind: "USER_KIND_CUSTOMER" };
  return (await api.send("POST", "/v1/sessions", body)).status;
}

scenario("a manager approves those who wait and they can sign in", { as: "nobody" }, async (page) => {
  const { group, customers } = await waiting(3);
  assert.equal(await signInStatus(customers[0]), 403);
  const { username, password } = await api.staff("manager");
  await signIn(page, username, password);
  await signedInto(page);
  const modules = page.getByRole("navigation", { name: "Modules" });
  await modules.getByText(/customers? waits?/).waitFor({ state: "attached" });
  await page.getByRole("link", { name: /wait for approval$/ }).click();
  await page.getByRole("heading", { name: "Approvals" }).waitFor();
  await page.getByLabel("Group").selectOption({ label: group.displayName });
  await page.getByRole("checkbox", { name: `Select ${customers[2].who}` }).waitFor();
  await page.getByRole("checkbox", { name: `Select ${customers[0].who}` }).check();
  await page.getByRole("checkbox", { name: `Select ${customers[1].who}` }).check();
  await page.getByRole("region", { name: "What to do with those selected" }).getByRole("button", { name: "Approve" }).click();
  const dialog = page.getByRole("dialog", { name: "Approve 2 customers" });
  await dialog.getByLabel("Reason, for the history").fill("Papers are fine");
  await dialog.getByRole("button", { name: "Approve" }).click();
  await page.getByText("2 customers are approved.").waitFor();
  await page.getByRole("link", { name: customers[0].who }).waitFor({ state: "hidden" });

  await page.getByRole("button", { name: `Decline ${customers[2].who}` }).click();
  const decline = page.getByRole("dialog", { name: `Decline ${customers[2].who}` });
  await decline.getByRole("button", { name: "Decline" }).click();
  await decline.getByText("Say why, so that others know.").waitFor();
  await decline.getByLabel("Reason, for the history").fill("No papers");
  await decline.getByRole("button", { name: "Decline" }).click();
  await page.getByText("Nobody waits for approval").waitFor();

  assert.equal(await signInStatus(customers[0]), 201);
  assert.equal((await account(customers[1])).status, "STATUS_ACTIVE");
  const declined = await account(customers[2]);
  assert.deepEqual([declined.status, declined.statusReason], ["STATUS_DISABLED", "No papers"]);
});

scenario("somebody who was decided about meanwhile is named with the reason, and the others are decided about", {}, async (page) => {
  const { group, customers } = await waiting(2);
  await page.goto(`/approvals?group=${group.name.split("/")[1]}`);
  await page.getByRole("checkbox", { name: `Select ${customers[1].who}` }).waitFor();
  await page.getByRole("checkbox", { name: "Select all" }).check();
  await page.getByRole("region", { name: "What to do with those selected" }).getByRole("button", { name: "Approve" }).click();
  // its name says how many are left
  const dialog = page.getByRole("dialog", { name: /^Approve/ });
  await api.call("DELETE", `/v1/${customers[0].name}`);
  await dialog.getByRole("button", { name: "Approve" }).click();
  await dialog.getByText("Nothing was decided about:").waitFor();
  await dialog.getByRole("listitem").filter({ hasText: customers[0].who }).waitFor();
  assert.equal((await account(customers[1])).status, "STATUS_ACTIVE");
});

scenario("a record that waits is approved where it stands, and its history says so", {}, async (page) => {
  const { customers } = await waiting(1);
  const [customer] = customers;
  await page.goto(`/${customer.name}`);
  await page.getByText("Awaits approval").first().waitFor();
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
  await page.getByText(`${customer.who} is approved.`).waitFor();
  await page.getByRole("button", { name: "Approve", exact: true }).waitFor({ state: "hidden" });
  await page.getByRole("link", { name: "Change history" }).click();
  await page.getByText("approved the customer").waitFor();
  assert.equal((await account(customer)).status, "STATUS_ACTIVE");
});
