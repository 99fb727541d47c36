import assert from "node:assert/strict";
import { api, scenario, signedInto, signIn } from "../scenario.mjs";

const rows = (page) => page.locator("tbody tr[data-index]");
const box = (page, name) => page.getByRole("checkbox", { name: `Select ${name}`, exact: true });
/** Customers whose deletion takes long enough to be looked at. */
const MANY = 300;

const running = (page) => page.getByRole("region", { name: "Running work" });
const bar = (page) => page.getByRole("toolbar", { name: "What to do with those selected" });

/** Customers of one last name, found by it. */
async function customers(page, count) {
  const tag = crypto.randomUUID().slice(0, 8);
  const made = [];
  for (let place = 0; place < count; place++) {
    const first = String.fromCharCode(65 + place);
    made.push(await api.customer({ firstName: `${first}da`, lastName: tag }));
  }
  await page.goto(`/customers?q=${tag}&order=first_name`);
  await page.waitForFunction((n) => document.querySelectorAll("tbody tr[data-index]").length === n, count);
  return { tag, made };
}

scenario("several customers are deleted at once, and what became of each is shown after a reload too", {}, async (page) => {
  const { tag, made } = await customers(page, 4);
  await box(page, `Ada ${tag}`).click();
  await box(page, `Cda ${tag}`).click({ modifiers: ["Shift"] });
  await bar(page).getByText("3 selected").waitFor();
  await bar(page).getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete 3 customers" });
  await dialog.getByText(`Ada ${tag}`).waitFor();
  // somebody else deletes one of them meanwhile
  await api.call("DELETE", `/v1/${made[1].name}`);
  await dialog.getByRole("button", { name: "Delete 3 customers" }).click();
  const work = running(page);
  await work.getByText("2 done, 1 failed").waitFor();
  await page.getByRole("link", { name: `Dda ${tag}`, exact: true }).waitFor();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr[data-index]").length === 1);
  await page.reload();
  await work.getByRole("link", { name: "Show results" }).click();
  await page.getByRole("heading", { name: "Delete 3 customers" }).waitFor();
  await page.getByText("It is not there: it was deleted, or you may not see it.").waitFor();
  await page.getByText("All", { exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll("main li").length === 3);
  assert.equal(await page.getByText("Done", { exact: true }).count(), 2);
  for (const { name } of made.slice(0, 3)) assert.equal(await api.status("GET", `/v1/${name}`), 404);
  assert.equal(await api.status("GET", `/v1/${made[3].name}`), 200);
});

scenario("histories go with customers who are deleted at once only where that box is ticked", {}, async (page) => {
  const { tag, made } = await customers(page, 2);
  await page.getByRole("checkbox", { name: "Select the rows that are loaded" }).check();
  await bar(page).getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete 2 customers" });
  const history = dialog.getByRole("checkbox", { name: "Delete the histories too" });
  assert.equal(await history.isChecked(), false);
  await dialog.getByText("Not advised").waitFor();
  await dialog.getByText("The history stays.").waitFor();
  await history.check();
  await dialog.getByRole("button", { name: "Delete 2 customers and their histories" }).click();
  await running(page).getByText("Delete 2 customers and their histories").waitFor();
  await running(page).getByText("2 done").waitFor();
  for (const { name } of made) {
    for (let wait = 0; ; wait++) {
      const { events } = await api.call("GET", `/v1/${name}/events`);
      if (events.every(({ type }) => type === "history.deleted") && events.length === 1) break;
      assert.ok(wait < 200, `${tag}: the receipt alone is left`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }
});

scenario("by keyboard alone everybody whom a search finds is put into a group", {}, async (page) => {
  const group = await api.group("Wholesale");
  const { tag, made } = await customers(page, 3);
  await page.getByRole("link", { name: `Ada ${tag}`, exact: true }).focus();
  await page.keyboard.press("x");
  await page.keyboard.press("Shift+ArrowDown");
  await bar(page).getByText("2 selected").waitFor();
  await page.keyboard.press("Escape");
  await bar(page).waitFor({ state: "detached" });
  await page.keyboard.press("Space");
  await bar(page).getByText("1 selected").waitFor();
  // a dialog that is left leaves who is selected as they are
  await bar(page).getByRole("button", { name: "Delete" }).press("Enter");
  await page.getByRole("dialog", { name: "Delete 1 customer" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await bar(page).getByText("1 selected").waitFor();
  await bar(page).getByRole("button", { name: "Select all 3 that match" }).press("Enter");
  await bar(page).getByText("All 3 selected").waitFor();
  await bar(page).getByRole("button", { name: "Add to group" }).press("Enter");
  const dialog = page.getByRole("dialog", { name: "Add 3 customers to a group" });
  await dialog.getByRole("textbox", { name: "Group" }).or(dialog.getByRole("combobox", { name: "Group" })).first().focus();
  await page.keyboard.type(group.displayName);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Add 3 customers to a group" }).press("Enter");
  await running(page).getByText("3 done").waitFor();
  for (const { name } of made) {
    const { memberships } = await api.call("GET", `/v1/${name}/memberships`);
    assert.deepEqual(memberships.map((it) => it.group), [group.name]);
  }
});

scenario("who has no account cannot be disabled, which is said, and tried again once it has one", {}, async (page) => {
  const { tag, made } = await customers(page, 1);
  await page.getByRole("checkbox", { name: "Select the rows that are loaded" }).check();
  await bar(page).getByRole("button", { name: "More for those selected" }).click();
  await page.getByRole("menuitem", { name: "Disable sign-in" }).click();
  await page.getByLabel("Reason, for the history").fill("Moved away");
  await page.getByRole("button", { name: "Disable the sign-in of 1 customer" }).click();
  const work = running(page);
  await work.getByText("0 done, 1 failed").waitFor();
  await work.getByRole("link", { name: "Show results" }).click();
  await page.getByText("The customer has no sign-in account.").waitFor();
  await page.getByRole("link", { name: `Ada ${tag}` }).waitFor();
  await api.call("POST", `/v1/${made[0].name}/account`, { username: `ada-${tag}` });
  await page.getByRole("button", { name: "Try those that failed again" }).click();
  await page.getByLabel("Reason, for the history").fill("Moved away");
  await page.getByRole("dialog").getByRole("button", { name: "Disable the sign-in of 1 customer" }).click();
  await page.getByRole("main").getByText("1 done").waitFor();
  assert.equal((await api.call("GET", `/v1/${made[0].name}/account`)).status, "STATUS_DISABLED");
  await work.getByRole("button", { name: "Dismiss" }).first().click();
});

scenario("work that was started is followed from every page and every window, and stopped from there", {}, async (page, context) => {
  const tag = crypto.randomUUID().slice(0, 8);
  const one = (place) => ({ customer: { firstName: `N${place}`, lastName: tag, email: `${tag}-${place}@example.com` } });
  for (let from = 0; from < MANY; from += 100) {
    const requests = Array.from({ length: 100 }, (_, place) => one(from + place));
    await api.call("POST", "/v1/customers:batchCreate", { requests });
  }
  await page.goto(`/customers?q=${tag}`);
  await rows(page).first().waitFor();
  await page.getByRole("checkbox", { name: "Select the rows that are loaded" }).check();
  await bar(page).getByRole("button", { name: `Select all ${MANY} that match` }).click();
  await bar(page).getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: `Delete ${MANY} customers` });
  await dialog.getByRole("button", { name: `Delete ${MANY} customers` }).click();
  const title = `Delete ${MANY} customers`;
  await running(page).getByText(title).waitFor();
  await page.getByRole("link", { name: "Groups" }).click();
  await running(page).getByText(new RegExp(`\\d+ of ${MANY}`)).waitFor();
  const other = await context.newPage();
  await other.goto("/activity");
  await running(other).getByText(title).waitFor();
  await running(other).getByRole("button", { name: "Stop" }).click();
  for (const window of [other, page]) await running(window).getByText(/Stopped after/).waitFor();
  await running(page).getByRole("link", { name: "Show results" }).click();
  await page.getByText("Not done", { exact: true }).first().waitFor();
  const { totalSize } = await api.call("GET", `/v1/customers?query=${tag}&pageSize=1`);
  assert.ok(totalSize > 0 && totalSize < MANY, `${totalSize} are left`);
});

scenario("who may only look has nothing to select", { as: "nobody" }, async (page) => {
  const { username, password } = await api.staff("viewer");
  await signIn(page, username, password);
  await signedInto(page);
  await page.goto("/customers?time=all");
  await rows(page).first().waitFor();
  assert.equal(await page.getByRole("checkbox", { name: "Select the rows that are loaded" }).count(), 0);
});
