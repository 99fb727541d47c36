// A programmer reads about the API at /docs, and tries it.

import assert from "node:assert/strict";
import AxeBuilder from "@axe-core/playwright";
import { scenario } from "../scenario.mjs";

const password = process.env.PATRON_PASSWORD;

/** Signs in on the page itself. */
async function signIn(page) {
  await page.goto("/docs");
  await page.getByText("Sign in to try it").click();
  await page.getByLabel("Username or email").fill("admin");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Signed in as").waitFor();
}

/** Opens an operation, and sends its template as it is. Gives the status of the answer. */
async function sendTemplate(page, operation, path = {}) {
  const details = page.locator(`details#${operation}`);
  await details.locator("> summary").click();
  for (const [name, value] of Object.entries(path)) await details.locator(`input[name="path:${name}"]`).fill(value);
  await details.getByRole("button", { name: "Send" }).click();
  const answer = details.locator("pre[role=status]");
  await answer.filter({ hasText: /\s[1-5]\d\d\s/ }).waitFor();
  const text = await answer.textContent();
  return { status: Number(/\n(\d{3})\n/.exec(text)[1]), text };
}

scenario("a programmer signs in on the page and sends every template of a creation as it is", { as: "nobody" }, async (page) => {
  await signIn(page);
  const created = await sendTemplate(page, "createCustomer");
  assert.equal(created.status, 201, created.text);
  const customer = /"name": "customers\/([0-9a-f-]{36})"/.exec(created.text)[1];
  for (const [operation, path] of [["createGroup"], ["createStaff"], ["createAddress", { customer }], ["createAccount", { customer }]]) {
    const { status, text } = await sendTemplate(page, operation, path);
    assert.equal(status, 201, `${operation}: ${text}`);
  }
  const { status, text } = await sendTemplate(page, "updateCustomer", { customer });
  assert.equal(status, 200, text);
});

scenario("the comments of the protos are read as text, with code, lists and tables", { as: "nobody" }, async (page) => {
  await page.goto("/docs#createAccount");
  await page.locator("details#createAccount[open]").waitFor();
  await page.locator("details.operation").evaluateAll((all) => all.forEach((details) => (details.open = true)));
  await page.locator("details.operation:not(:has(.inside))").first().waitFor({ state: "detached" });
  const prose = await page.locator("#about, .prose, td, summary").allTextContents();
  const raw = prose.filter((text) => /`|\*\*|^\s*\|/.test(text));
  assert.deepEqual(raw, []);
});

for (const [device, viewport] of [["a phone", { width: 390, height: 844 }], ["a desk", { width: 1280, height: 800 }]]) {
  for (const colorScheme of ["light", "dark"]) {
    scenario(`the page fits ${device} and is accessible when it is ${colorScheme}`, { as: "nobody", viewport, colorScheme }, async (page) => {
      await page.goto("/docs#createCustomer");
      await page.locator("details#createCustomer form").waitFor();
      await page.getByText("Fields of profile.v1.Customer").first().click();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} pixels stand out`);
      const { violations } = await new AxeBuilder({ page }).analyze();
      assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
    });
  }
}
