import assert from "node:assert/strict";
import { api, scenario } from "../scenario.mjs";

const tag = () => crypto.randomUUID().slice(0, 8);
const members = (group) => api.call("GET", `/v1/${group}/members`).then((it) => it.memberships);

scenario("a manager makes a group by keyboard, and puts a customer into it whom they search for", {}, async (page) => {
  const [name, last] = [`Wholesale ${tag()}`, `Trader${tag()}`];
  const customer = await api.customer({ firstName: "Ada", lastName: last });
  await page.goto("/");
  await page.getByRole("heading", { name: /^Good to see you/ }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("g");
  await page.getByRole("heading", { name: "Groups", level: 1 }).waitFor();
  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog", { name: "New group" });
  await dialog.getByLabel("Name").waitFor();
  await page.keyboard.type(name);
  await page.keyboard.press("Tab");
  await page.keyboard.type("Shops that buy for others");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  const group = `groups/${new URL(page.url()).pathname.split("/")[2]}`;
  assert.equal((await api.call("GET", `/v1/${group}`)).description, "Shops that buy for others");

  await page.getByText("No customer is in this group").waitFor();
  await page.getByRole("combobox", { name: "Add a customer" }).fill(last);
  await page.getByRole("option", { name: new RegExp(last) }).click();
  await page.getByRole("link", { name: `Ada ${last}` }).waitFor();
  assert.deepEqual((await members(group)).map((it) => it.name.split("/")[1]), [customer.name.split("/")[1]]);

  await page.getByRole("button", { name: `Remove Ada ${last}` }).click();
  await page.getByText("No customer is in this group").waitFor();
  assert.deepEqual(await members(group), []);
});

scenario("a group whose name is taken is not made, and the name says so", {}, async (page) => {
  const { displayName } = await api.group("Friends");
  await page.goto("/groups");
  await page.getByRole("button", { name: "New group" }).click();
  const dialog = page.getByRole("dialog", { name: "New group" });
  await dialog.getByLabel("Name").fill(displayName);
  await dialog.getByRole("button", { name: /^Create group/ }).click();
  await dialog.getByText("Somebody else has this already.").waitFor();
  await dialog.getByLabel("Name").fill(`${displayName} too`);
  await dialog.getByRole("button", { name: /^Create group/ }).click();
  await page.getByRole("heading", { name: `${displayName} too` }).waitFor();
});

scenario("two who edit a group at once lose nothing: who is second chooses", {}, async (page) => {
  const { name } = await api.group("Friends");
  await page.goto(`/${name}?edit=true`);
  await page.getByLabel("Description").fill("Mine");
  await page.getByRole("switch", { name: "Approval needed" }).check({ force: true });
  await api.call("PATCH", `/v1/${name}`, { description: "Theirs" });
  await page.getByRole("button", { name: /^Save/ }).click();
  const dialog = page.getByRole("dialog", { name: "Somebody else changed this meanwhile" });
  await dialog.getByRole("radio", { name: "As they saved it" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  const now = await api.call("GET", `/v1/${name}`);
  assert.deepEqual([now.description, now.approvalRequired], ["Theirs", true]);
});

scenario("a group is deleted once its customers are moved to another, and history says who moved them", {}, async (page) => {
  const [old, next] = [await api.group("Old"), await api.group("Next")];
  const customers = [];
  for (let count = 0; count < 3; count++) customers.push(await api.customer({}, { groups: [old.name] }));
  await page.goto(`/groups?q=${encodeURIComponent(old.displayName)}`);
  await page.getByRole("button", { name: `Delete ${old.displayName}` }).click();
  const dialog = page.getByRole("dialog", { name: `Delete ${old.displayName}` });
  await dialog.getByText("3 customers are in it.").waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Move and delete" }).isDisabled(), true);
  await dialog.getByRole("combobox", { name: "Move them to" }).fill(next.displayName);
  await page.getByRole("option", { name: next.displayName }).click();
  await dialog.getByRole("button", { name: "Move and delete" }).click();
  await page.getByText(`The group ${old.displayName} was deleted.`).waitFor();
  assert.equal(await api.status("GET", `/v1/${old.name}`), 404);
  assert.equal((await members(next.name)).length, 3);
  await page.goto(`/${customers[0].name}/activity`);
  await page.getByText("removed the customer from a group").waitFor();
});
