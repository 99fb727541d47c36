import assert from "node:assert/strict";
import { Api } from "../api.mjs";
import { api, scenario, signIn } from "../scenario.mjs";

const account = async (page) => {
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "Your account" }).click();
  await page.getByRole("heading", { name: "Your account" }).waitFor();
};

scenario("a member of staff sees where they are signed in, and ends one session, then all others", { as: "nobody" }, async (page) => {
  const { username, password } = await api.staff("support");
  const elsewhere = [1, 2, 3].map(() => new Api(api.url, username, password));
  for (const it of elsewhere) await it.call("GET", "/v1/sessions/current");
  await signIn(page, username, password);
  await page.getByRole("heading", { name: "Customers" }).waitFor();
  await account(page);
  await page.getByText(username, { exact: true }).waitFor();
  // the API's own client says that it is node
  const others = page.getByRole("listitem").filter({ hasText: "node" });
  const own = page.getByRole("listitem").filter({ hasText: "This browser" });
  await own.getByText("Chrome on Linux").waitFor();
  await own.getByText("127.0.0.0/24").waitFor();
  await own.getByText("last used now").waitFor();
  const before = await others.count();
  await others.first().getByRole("button", { name: /^End the session/ }).click();
  await page.getByText("The session was ended.").waitFor();
  await others.nth(before - 1).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "End all others" }).click();
  await page.getByText("You are signed in nowhere else.").waitFor();
  // gone at once, and with it the token as soon as every service has heard of it
  for (const it of elsewhere) {
    await assert.rejects(it.call("GET", "/v1/sessions/current"), ({ status }) => status === 401 || status === 404);
  }
});

scenario("a member of staff changes their password, and a wrong old one is said at its field", { as: "nobody" }, async (page) => {
  const { username, password } = await api.staff("support");
  const chosen = `chosen ${crypto.randomUUID()}`;
  await signIn(page, username, password);
  await page.getByRole("heading", { name: "Customers" }).waitFor();
  await account(page);
  await page.getByLabel("Current password").fill("not my password");
  await page.getByLabel("New password", { exact: true }).fill(chosen);
  await page.getByLabel("New password again").fill(chosen);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("This is not your password.").waitFor();
  await page.getByLabel("Current password").fill(password);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("The password was changed.").waitFor();
  await new Api(api.url, username, chosen).call("GET", "/v1/sessions/current");
  await assert.rejects(new Api(api.url, username, password).call("GET", "/v1/sessions/current"));
});

scenario("an administrator changes their own name, and it is who they are everywhere", { as: "nobody" }, async (page) => {
  const { username, password } = await api.staff("administrator");
  await signIn(page, username, password);
  await page.getByRole("heading", { name: "Customers" }).waitFor();
  await account(page);
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Name").fill("Grace Hopper");
  await page.keyboard.press("Control+Enter");
  await page.getByText("Saved.").waitFor();
  await page.getByRole("button", { name: "Account of Grace Hopper" }).waitFor();
});

scenario("who goes away is warned, may stay, and loses nothing when signed out", { as: "nobody" }, async (page) => {
  const { username, password } = await api.staff("manager");
  const customer = await api.customer();
  await page.clock.install();
  await signIn(page, username, password);
  await page.getByRole("heading", { name: "Customers" }).waitFor();
  await page.goto(`/${customer.name}?edit=true`);
  await page.getByLabel("Job title").fill("Captain");
  const warning = page.getByRole("dialog", { name: "You will be signed out in 1 minute" });
  await page.clock.fastForward("24:05");
  await warning.getByRole("button", { name: "Stay signed in" }).click();
  await warning.waitFor({ state: "hidden" });
  await page.clock.fastForward("24:05");
  await warning.waitFor();
  await page.clock.fastForward("01:00");
  const ended = page.getByRole("dialog", { name: "Your session has ended" });
  await ended.getByLabel("Username or email").fill(username);
  await ended.getByLabel("Password", { exact: true }).fill(password);
  await ended.getByRole("button", { name: "Sign in" }).click();
  await ended.waitFor({ state: "hidden" });
  assert.equal(await page.getByLabel("Job title").inputValue(), "Captain");
});

scenario("a member of staff writes what their letters end with", { as: "nobody" }, async (page) => {
  const { username, password } = await api.staff("support");
  await signIn(page, username, password);
  await page.getByRole("heading", { name: "Customers" }).waitFor();
  await account(page);
  await page.getByRole("button", { name: "Edit" }).click();
  assert.equal(await page.getByLabel("Email").count(), 0);
  await page.getByLabel("Signature").fill("Rita Rep\nSão Paulo");
  await page.keyboard.press("Control+Enter");
  await page.getByText("Saved.").waitFor();
  await page.getByText("Rita Rep São Paulo").waitFor();
  const theirs = (await api.call("GET", "/v1/staff?pageSize=100")).staff.find((it) => it.username === username);
  assert.equal(theirs.signature, "Rita Rep\nSão Paulo");
});

/**
 * Has the API ask for the password anew, as it does where somebody signed in more than 15 minutes ago, until it was given: for calls to
 * `what`.
 */
function agedSession(page, what) {
  let fresh = false;
  page.on("response", (response) => {
    if (response.request().method() === "POST" && response.url().endsWith("/v1/session") && response.ok()) fresh = true;
  });
  return page.route(what, (route) => {
    if (fresh) return route.fallback();
    const body = { type: "about:blank", title: "Forbidden", status: 403, detail: "", code: "PERMISSION_DENIED", reason: "STEP_UP_REQUIRED" };
    return route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify(body) });
  });
}

scenario("what takes the password anew asks for it in place and goes on by itself, and leaves all as it was when given up", { as: "nobody" }, async (page) => {
  const { username, password } = await api.staff("administrator");
  const customer = await api.customer({}, { account: { username: `u${crypto.randomUUID().slice(0, 8)}` } });
  await signIn(page, username, password);
  await page.getByRole("heading", { name: "Customers" }).waitFor();
  await agedSession(page, "**/account:setPassword");
  await page.goto(`/${customer.name}/access`);
  await page.getByRole("button", { name: "Set a temporary password" }).click();
  const dialog = page.getByRole("dialog", { name: /^Set a temporary password for/ });
  await dialog.getByLabel("Temporary password", { exact: true }).fill("quiet river seven");
  await dialog.getByRole("button", { name: "Set password" }).click();
  const question = page.getByRole("dialog", { name: "Your password, please" });
  await question.getByLabel(`Password of ${username}`).fill("not my password");
  await question.getByRole("button", { name: "Continue" }).click();
  await question.getByText("This is not your password.").waitFor();
  await page.keyboard.press("Escape");
  await question.waitFor({ state: "hidden" });
  await dialog.getByText("Nothing was changed.").waitFor();
  assert.equal(await dialog.getByLabel("Temporary password", { exact: true }).inputValue(), "quiet river seven");
  assert.equal((await api.call("GET", `/v1/${customer.name}/account`)).passwordSet, false);
  await dialog.getByRole("button", { name: "Set password" }).click();
  await question.getByLabel(`Password of ${username}`).fill(password);
  await question.getByRole("button", { name: "Continue" }).click();
  await dialog.getByText("It is not shown again.").waitFor();
  assert.equal((await api.call("GET", `/v1/${customer.name}/account`)).passwordTemporary, true);
});

scenario("a changed email takes the password in place, and then the save goes on", { as: "nobody" }, async (page) => {
  const { username, password } = await api.staff("manager");
  const customer = await api.customer();
  await signIn(page, username, password);
  await page.getByRole("heading", { name: "Customers" }).waitFor();
  await agedSession(page, (url) => url.searchParams.get("updateMask")?.split(",").includes("email") ?? false);
  await page.goto(`/${customer.name}?edit=true`);
  await page.getByLabel("Job title").fill("Captain");
  await page.keyboard.press("Control+Enter");
  await page.getByText("Saved.").waitFor();
  await page.goto(`/${customer.name}?edit=true`);
  const email = `moved-${crypto.randomUUID()}@example.com`;
  await page.getByLabel("Email").fill(email);
  await page.keyboard.press("Control+Enter");
  const question = page.getByRole("dialog", { name: "Your password, please" });
  await question.getByLabel(`Password of ${username}`).fill(password);
  assert.equal((await api.call("GET", `/v1/${customer.name}`)).email, customer.email);
  await question.getByRole("button", { name: "Continue" }).click();
  await page.getByText("Saved.").waitFor();
  const now = await api.call("GET", `/v1/${customer.name}`);
  assert.deepEqual([now.email, now.jobTitle], [email, "Captain"]);
});
