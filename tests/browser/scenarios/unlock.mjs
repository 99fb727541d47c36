import assert from "node:assert/strict";
import { api, scenario } from "../scenario.mjs";

/** Guesses the password of somebody until the next attempt must wait for half a minute. */
async function guess(identifier, userKind) {
  for (const _ of Array(30).keys()) {
    const answer = await api.send("POST", "/v1/sessions", { identifier, password: "not the password", userKind });
    const wait = Number(answer.headers.get("retry-after") ?? 0);
    if (wait > 20) return;
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
  }
  throw new Error("guesses are not slowed");
}

const may = async (identifier, password, userKind) => (await api.send("POST", "/v1/sessions", { identifier, password, userKind })).status;

scenario("a member of staff and a customer who mistyped too often are let in at once", {}, async (page) => {
  const username = `u${crypto.randomUUID().slice(0, 8)}`;
  const password = "quiet river seven";
  const customer = await api.customer({}, { account: { username, password } });
  const staff = await api.staff("support");
  await Promise.all([guess(username, "USER_KIND_CUSTOMER"), guess(staff.username, "USER_KIND_STAFF")]);
  assert.equal(await may(username, password, "USER_KIND_CUSTOMER"), 429);

  await page.goto(`/${customer.name}/access`);
  const doctor = page.getByRole("region", { name: "Can the customer sign in?" });
  await doctor.getByText(/^After wrong passwords the next attempt must wait/).waitFor();
  await doctor.getByRole("button", { name: "Unlock" }).click();
  await doctor.getByText("With the right password Luís Gonçalves can sign in.").waitFor();
  assert.equal(await may(username, password, "USER_KIND_CUSTOMER"), 201);

  await page.goto("/settings/staff");
  const row = page.getByRole("row").filter({ hasText: staff.username });
  await row.getByText(/^Must wait until/).waitFor();
  await row.getByRole("button", { name: /^More for/ }).click();
  await page.getByRole("menuitem", { name: "Unlock" }).click();
  await page.getByText("need not wait any more.").waitFor();
  await row.getByText("Active").waitFor();
  assert.equal(await may(staff.username, staff.password, "USER_KIND_STAFF"), 201);
});
