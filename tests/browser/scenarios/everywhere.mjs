import AxeBuilder from "@axe-core/playwright";
import assert from "node:assert/strict";
import { idOf } from "../api.mjs";
import { api, scenario, settled } from "../scenario.mjs";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** A customer with something in every section, who cannot sign in. */
async function full(more = {}) {
  const address = { label: "Home", line1: "Rua das Flores 12", city: "Lisboa", postalCode: "1200-192", countryCode: "PT", uses: ["ADDRESS_USE_SHIPPING"] };
  const group = await api.group("Friends");
  const customer = await api.customer({ company: "Initech", newsletter: true }, { addresses: [address], groups: [group.name], ...more });
  return { name: customer.name, group: group.name };
}

/** Somebody who waits for approval. */
async function waiting() {
  const displayName = `Trade ${crypto.randomUUID().slice(0, 8)}`;
  const { name } = await api.call("POST", "/v1/groups", { displayName, approvalRequired: true });
  const customer = await api.customer({}, { account: { username: `w${crypto.randomUUID().slice(0, 8)}` }, groups: [name] });
  return customer.name;
}

/** A bulk operation that is done. */
async function enabled(names) {
  const { name } = await api.call("POST", "/v1/customers:bulkEnable", { selection: { names } });
  for (;;) if ((await api.call("GET", `/v1/${name}:wait`)).done) return name;
}

/** Every page, and what is waited for on it. */
async function pages() {
  const { name, group } = await full({ account: { username: `f${crypto.randomUUID().slice(0, 8)}` } });
  const pending = await waiting();
  const gone = await api.customer();
  await api.call("DELETE", `/v1/${gone.name}`);
  const work = await enabled([name, pending]);
  return [
    ["/", "main ol li"],
    ["/customers?time=all", "tbody tr[data-index]"],
    ["/customers?q=nobody-is-called-that-here", "h2"],
    ["/customers/new", "h1"],
    [`/${name}`, "aside"],
    [`/${name}?edit=true`, "form"],
    [`/${name}/addresses`, "section[aria-label]"],
    [`/${name}/groups`, "main li"],
    [`/${name}/activity`, "ol li"],
    [`/${name}/access`, "dl"],
    [`/${name}/consent`, "ol li"],
    ["/activity", "ol li"],
    ["/activity/deleted", "tbody tr[data-index]"],
    [`/activity/deleted/${idOf(gone)}`, "ol li"],
    ["/account", "main li"],
    ["/approvals", "tbody tr[data-index]"],
    [`/${pending}`, "aside"],
    ["/groups", "tbody tr[data-index]"],
    [`/${group}`, "tbody tr[data-index]"],
    [`/${group}?edit=true`, "form"],
    ["/settings/staff", "tbody tr[data-index]"],
    ["/settings/roles", "tbody tr"],
    ["/settings/fields", "tbody tr"],
    ["/settings/questions", "tbody tr[data-index]"],
    [`/${work}`, "main li"],
    ["/nowhere", "main h1"],
  ];
}

/**
 * What axe finds wrong. Menus and lists to choose from hang off the page, beside its landmarks: who opens one is led into it by its button.
 * Such a list scrolls with the arrow keys of its field, which keeps the focus.
 */
async function faults(page) {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  const excused = {
    region: /data-(mantine-shared-)?portal|role="(menu|listbox|option)"|mantine-(Menu-item|\w+-dropdown)/,
    "scrollable-region-focusable": /mantine-ScrollArea-viewport/,
  };
  return violations.flatMap(({ id, nodes }) =>
    nodes
      .filter(({ html }) => !excused[id]?.test(html))
      .map((node) => `${id}: ${node.html.slice(0, 160)} ${[...node.any, ...node.all, ...node.none][0]?.message ?? ""}`),
  );
}

for (const [name, options] of [
  ["in light", { colorScheme: "light" }],
  ["in dark", { colorScheme: "dark" }],
  ["in Arabic", { locale: "ar" }],
]) {
  scenario(`axe finds nothing wrong on any page ${name}`, options, async (page) => {
    const found = {};
    for (const [path, seen] of await pages()) {
      await page.goto(path);
      await page.locator(seen).first().waitFor();
      await settled(page);
      assert.equal(await page.evaluate(() => document.dir), options.locale === "ar" ? "rtl" : "ltr", path);
      const wrong = await faults(page);
      if (wrong.length > 0) found[path] = wrong;
    }
    assert.deepEqual(found, {});
  });
}

for (const [name, options] of [
  ["in light", { colorScheme: "light" }],
  ["in dark", { colorScheme: "dark" }],
  ["in Arabic", { locale: "ar" }],
]) {
  scenario(`axe finds nothing wrong in dialogs, menus and the page to sign in ${name}`, { as: "nobody", ...options }, async (page) => {
    const { username, password } = await api.staff("administrator");
    const customer = await full();
    const found = {};
    const look = async (what) => {
      const wrong = await faults(page);
      if (wrong.length > 0) found[what] = wrong;
    };
    // words are in another language each time: what is opened is found by its place
    const menu = page.getByRole("menu");
    const dialog = page.getByRole("dialog");
    const over = async () => {
      await page.keyboard.press("Escape");
      await dialog.or(menu).waitFor({ state: "hidden" });
    };
    await page.goto("/");
    await page.locator("form").waitFor();
    await look("the page to sign in");
    await page.locator("[name=identifier]").fill(username);
    await page.locator("[name=password]").fill("not my password");
    await page.locator("[type=submit]").click();
    await page.getByRole("alert").waitFor();
    await look("a refused sign-in");
    await page.locator("[name=password]").fill(password);
    await page.locator("[type=submit]").click();
    await page.locator("main ol li").first().waitFor();
    await page.goto("/customers?time=all");
    const row = page.locator("tbody tr[data-index]").first();
    await row.waitFor();
    await page.locator("thead input[type=checkbox]").check();
    const bar = page.locator("main [role=toolbar]");
    await bar.waitFor();
    await look("the bar of those selected");
    await bar.getByRole("button").nth(2).click();
    await dialog.waitFor();
    await settled(page);
    await look("the dialog that deletes those selected");
    await over();
    await bar.getByRole("button").last().click();
    await row.getByRole("button").last().click();
    await menu.waitFor();
    await look("the menu of a row");
    await menu.getByRole("menuitem").last().click();
    await dialog.getByRole("listitem").first().waitFor();
    await settled(page);
    await look("the dialog that deletes");
    await over();
    await page.keyboard.press("Control+k");
    await dialog.waitFor();
    await look("the palette");
    await over();
    await page.keyboard.press("?");
    await dialog.waitFor();
    await look("the keys");
    await over();
    await page.locator("header").first().getByRole("button").last().click();
    await menu.waitFor();
    await look("the menu of the account");
    await over();
    await page.goto(`/${customer.name}/access`);
    await page.locator("main section").first().waitFor();
    await page.locator("main section").getByRole("button").first().click();
    await dialog.waitFor();
    await look("the dialog that makes an account");
    await over();
    await page.goto(`/${customer.name}/addresses`);
    await page.locator("section[aria-label] button").first().click();
    const country = page.getByRole("combobox").first();
    await country.click();
    await page.getByRole("option").first().waitFor();
    await look("the countries to choose from");
    assert.deepEqual(found, {});
  });
}

scenario("every page fits a window of 360 pixels", { viewport: { width: 360, height: 740 } }, async (page) => {
  for (const [path, seen] of await pages()) {
    await page.goto(path);
    await page.locator(seen).first().waitFor();
    const wider = await page.evaluate(() => {
      const main = document.querySelector("main");
      return Math.max(document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth);
    });
    assert.ok(wider <= 0, `${path} is ${wider} px too wide`);
  }
});

scenario("the console speaks five languages, and Arabic from right to left", {}, async (page) => {
  await page.goto("/customers");
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menu").getByText("العربية", { exact: true }).click();
  await page.getByRole("heading", { name: "العملاء" }).waitFor();
  assert.equal(await page.evaluate(() => document.dir), "rtl");
  // its name is in another language each time; a list has a header of its own
  const account = page.locator("header").first().getByRole("button").last();
  const brand = page.getByRole("link", { name: "Patron" });
  assert.ok((await brand.boundingBox()).x > (await account.boundingBox()).x);
  for (const [language, heading] of [["Deutsch", "Kunden"], ["Français", "Clients"], ["Español", "Clientes"], ["English", "Customers"]]) {
    await account.click();
    await page.getByRole("menu").getByText(language, { exact: true }).click();
    await page.getByRole("heading", { name: heading }).waitFor();
  }
  assert.equal(await page.evaluate(() => document.dir), "ltr");
});

scenario("without a network the page says so, and goes on when it is back", {}, async (page, context) => {
  await page.goto("/customers");
  await page.locator("tbody tr[data-index]").first().waitFor();
  await context.setOffline(true);
  await page.getByText("You are offline.").waitFor();
  await context.setOffline(false);
  await page.getByText("You are offline.").waitFor({ state: "hidden" });
});

scenario("no page asks anything of another origin, or of a script that it has not", {}, async (page) => {
  const asked = new Set();
  page.on("request", (request) => asked.add(new URL(request.url()).origin));
  await page.goto("/customers");
  await page.locator("tbody tr[data-index]").first().waitFor();
  await page.getByRole("link", { name: "New customer" }).click();
  await page.getByRole("heading", { name: "New customer" }).waitFor();
  assert.deepEqual([...asked], [new URL(page.url()).origin]);
});
