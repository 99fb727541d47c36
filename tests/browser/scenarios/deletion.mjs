import assert from "node:assert/strict";
import { idOf } from "../api.mjs";
import { api, scenario, signedInto, signIn } from "../scenario.mjs";

/** Waits until the activity service knows a customer as deleted. */
async function deleted(customer) {
  for (let wait = 0; ; wait++) {
    if ((await api.status("GET", `/v1/deletedCustomers/${idOf(customer)}`)) === 200) return;
    assert.ok(wait < 200, "it is recorded");
    await new Promise((done) => setTimeout(done, 50));
  }
}

scenario("staff read what happened to a customer who was deleted", {}, async (page) => {
  const customer = await api.customer({ jobTitle: "Engineer" });
  await page.goto(`/customers?q=${encodeURIComponent(customer.email)}`);
  await page.getByRole("button", { name: /^Delete/ }).first().click();
  const dialog = page.getByRole("dialog", { name: "Delete Luís Gonçalves" });
  const box = dialog.getByRole("checkbox", { name: "Delete the history too" });
  assert.equal(await box.isChecked(), false);
  await dialog.getByText("is deleted for good").or(dialog.getByText("are deleted for good")).waitFor();
  await dialog.getByRole("button", { name: "Delete Luís Gonçalves", exact: true }).click();
  await page.getByText("Luís Gonçalves was deleted.").waitFor();
  await deleted(customer);

  await page.goto("/activity");
  await page.getByRole("link", { name: "Deleted customers" }).click();
  await page.getByRole("searchbox", { name: "Search deleted customers" }).fill(customer.number);
  await page.getByRole("row").filter({ hasText: customer.number }).getByRole("link", { name: "Luís Gonçalves" }).click();
  await page.getByRole("heading", { name: "Luís Gonçalves" }).waitFor();
  await page.getByText("deleted the customer").waitFor();
  await page.getByText("created the customer").waitFor();
  await page.getByText("Engineer").first().waitFor();
});

scenario("a history that was deleted too leaves the number and who did it", {}, async (page) => {
  const customer = await api.customer();
  await page.goto(`/customers?q=${encodeURIComponent(customer.email)}`);
  await page.getByRole("button", { name: /^Delete/ }).first().click();
  const dialog = page.getByRole("dialog", { name: "Delete Luís Gonçalves" });
  await dialog.getByRole("checkbox", { name: "Delete the history too" }).check();
  await dialog.getByRole("button", { name: "Delete Luís Gonçalves and the history" }).click();
  await page.getByText("Luís Gonçalves was deleted.").waitFor();
  await deleted(customer);

  await page.goto(`/activity/deleted?q=${customer.number}`);
  await page.getByRole("link", { name: `Customer ${customer.number}` }).click();
  await page.getByText("The history was deleted too.").waitFor();
  await page.getByText("deleted the history").waitFor();
  const { events } = await api.call("GET", `/v1/${customer.name}/events`);
  assert.deepEqual(events.map((event) => event.type), ["history.deleted"]);
  const { deletedCustomers } = await api.call("GET", `/v1/deletedCustomers?query=${customer.number}`);
  assert.equal(deletedCustomers[0].displayName, "");
});

scenario("who may not delete histories is not offered it", { as: "nobody" }, async (page) => {
  const customer = await api.customer();
  const manager = await api.staff("manager");
  await signIn(page, manager.username, manager.password);
  await signedInto(page);
  await page.goto(`/customers?q=${encodeURIComponent(customer.email)}`);
  await page.getByRole("button", { name: /^Delete/ }).first().click();
  const dialog = page.getByRole("dialog", { name: "Delete Luís Gonçalves" });
  await dialog.getByText("under “Deleted customers”").waitFor();
  assert.equal(await dialog.getByRole("checkbox").count(), 0);
});
