import assert from "node:assert/strict";
import { api, scenario, signedInto, signIn } from "../scenario.mjs";

/** Who has the record open too, as the page says. */
const others = (page) => page.getByRole("status").filter({ hasText: "Also open at:" }).getByRole("listitem");

scenario("two who have a record open see each other, and one who closes it is gone", {}, async (page, context) => {
  const customer = await api.customer();
  await page.goto(`/${customer.name}`);
  await page.getByRole("heading", { name: "Luís Gonçalves" }).waitFor();
  // the same person in a second window is nobody else
  const second = await context.newPage();
  await second.goto(`/${customer.name}`);
  await second.getByRole("heading", { name: "Luís Gonçalves" }).waitFor();

  const { username, password } = await api.staff("support");
  const theirs = await context.browser().newContext({ baseURL: new URL(page.url()).origin, locale: "en-GB" });
  const other = await theirs.newPage();
  await signIn(other, username, password);
  await signedInto(other);
  assert.equal(await others(page).count(), 0);
  await other.goto(`/${customer.name}`);
  await other.getByRole("heading", { name: "Luís Gonçalves" }).waitFor();
  const opened = Date.now();
  await page.bringToFront();
  await others(page).getByText("Rita support").waitFor({ timeout: 10_000 });
  const seen = Date.now() - opened;
  assert.ok(seen < 3_000, `seen after ${seen} ms on a busy machine`);
  await others(other).first().waitFor({ timeout: 10_000 });
  assert.equal(await others(other).count(), 1);

  await other.goto("/customers");
  const closed = Date.now();
  await others(page).first().waitFor({ state: "detached", timeout: 20_000 });
  assert.ok(Date.now() - closed < 15_000, `gone after ${Date.now() - closed} ms`);
  await theirs.close();
});
