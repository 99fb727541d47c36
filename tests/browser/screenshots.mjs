// Writes a picture of every screen to gateway/console/screenshots, and two for the README to gateway/console/pictures:
// `node screenshots.mjs PATRON-LOCAL [PART OF A PICTURE'S NAME]...`.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { idOf } from "./api.mjs";
import { startPatron } from "./patron.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, "../../gateway/console/screenshots");
const pictures = join(here, "../../gateway/console/pictures");
const [launcher, ...wanted] = process.argv.slice(2);
const isWanted = (name) => wanted.length === 0 || wanted.some((part) => name.includes(part));
for (const it of [folder, pictures]) mkdirSync(it, { recursive: true });

const patron = await startPatron(launcher);
process.env.PATRON_URL = patron.url;
process.env.PATRON_PASSWORD = patron.password;
const { api, launch, settled, signedInto, signIn } = await import("./scenario.mjs");

// --- what there is to see

const run = String(Date.now() % 100_000);
const email = (name) => `${name}.${run}@example.com`;
const address = { label: "Home", line1: "Av. Dr. Nelson D'Ávila 389", city: "São José dos Campos", region: "SP", postalCode: "12243-750", countryCode: "BR" };
const warehouse = { label: "Warehouse", line1: "Rua Augusta 1200", city: "São Paulo", region: "SP", postalCode: "01304-001", countryCode: "BR", uses: ["ADDRESS_USE_BILLING"] };
const { groups } = await api.call("GET", "/v1/groups");
const group = groups.find(({ displayName }) => displayName === "Wholesale") ?? (await api.group("Wholesale"));
const customer = await api.customer(
  {
    email: email("luis"),
    title: "Dr.",
    company: "Padaria Central",
    jobTitle: "Engineer",
    accountType: "ACCOUNT_TYPE_BUSINESS",
    department: "Purchasing",
    primaryPhone: { number: "+55 12 3923-5555", extension: "12" },
    mobilePhone: { number: "+55 12 99123-4567" },
    birthDate: { year: 1978, month: 4, day: 12 },
    preferredLanguage: "pt-BR",
    timeZone: "America/Sao_Paulo",
    source: "Trade fair",
    newsletter: true,
    metadata: { "erp.id": "K-1703", tier: "gold" },
  },
  {
    account: { username: `luisg${run}` },
    addresses: [{ ...address, uses: ["ADDRESS_USE_SHIPPING"] }, warehouse],
    groups: [group.name],
  },
);
const record = `/${customer.name}`;
await api.call("PATCH", record.replace("/", "/v1/"), { primaryPhone: { number: "+44 20 7946 0018" }, jobTitle: "Head of purchasing" });
await api.call("PATCH", record.replace("/", "/v1/"), { primaryPhone: { number: "+55 12 3923-5555", extension: "12" } });
const long = await api.customer({
  firstName: "Maximilian-Alexander Bartholomäus",
  lastName: "Wolfeschlegelsteinhausenbergerdorff von und zu Hohenzollern",
  email: `maximilian-alexander.wolfeschlegelsteinhausenbergerdorff.${run}@subsidiary.example.com`,
  company: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
  jobTitle: "Acting deputy head of the department for the coordination of the purchase of long names",
});
const bare = await api.customer({ firstName: "Nora", lastName: "New", email: email("nora") });
const said = { channel: "CONSENT_CHANNEL_POINT_OF_SALE", source: "Form 12 of the shop in São José dos Campos" };
for (const state of ["CONSENT_STATE_SUBSCRIBED", "CONSENT_STATE_UNSUBSCRIBED", "CONSENT_STATE_SUBSCRIBED"]) {
  await api.call("POST", `/v1/${customer.name}/consentRecords`, { state, ...said });
}
const [gone, without] = [await api.customer({ firstName: "Zoë" }), await api.customer()];
await api.call("DELETE", `/v1/${gone.name}`);
await api.call("DELETE", `/v1/${without.name}?deleteHistory=true`);
const asking = await api.call("POST", "/v1/groups", {
  displayName: `Trade ${crypto.randomUUID().slice(0, 4)}`,
  description: "Shops that buy for others. Somebody looks at their papers before they can sign in.",
  approvalRequired: true,
});
for (const [firstName, lastName] of [["Ada", "Quick"], ["Bruno", "Keller"], ["سارة", "حداد"]]) {
  const account = { username: `${crypto.randomUUID().slice(0, 8)}x` };
  await api.customer({ firstName, lastName, company: "Initech" }, { account, groups: [asking.name] });
}
const empty = await api.group("Nobody yet");
await api.staff("manager");
await api.staff("support");
const trade = `/${asking.name}`;
const newcomer = { username: `nora${run}`, displayName: "Nora New", email: email("nora.staff"), role: "roles/support" };
const given = `given ${crypto.randomUUID()}`;
await api.call("POST", "/v1/staff", { staff: newcomer, password: given });

const blocked = await api.customer({ firstName: "Mei", lastName: "Tanaka" }, { account: { username: `mei.tanaka${run}` } });
await api.call("POST", `/v1/${blocked.name}/account:disable`, { reason: "Asked for it on the phone" });
const [question] = (await api.call("GET", "/v1/securityQuestions")).securityQuestions;
const asked = await api.customer(
  { firstName: "Amélie", lastName: "Dubois" },
  { account: { username: `amelie.dubois${run}`, securityQuestion: question.name, securityAnswer: "Rex" } },
);
const deleted = await api.customer();
await api.call("DELETE", `/v1/${deleted.name}`);
const selection = { names: [customer.name, blocked.name, deleted.name] };
const work = await api.call("POST", "/v1/customers:bulkDisable", { selection, reason: "Audit" });
while (!(await api.call("GET", `/v1/${work.name}:wait`)).done);
await api.call("POST", `/v1/${customer.name}/account:enable`, {});

// --- how it is come to

/** What an act gives where the page is to be taken as it is, though it waits. */
const WAITS = Symbol("waits");
const button = (page, name) => page.getByRole("button", { name }).first();
const press = (name) => (page) => button(page, name).click();
const choose = (page, name) => page.getByRole("menuitem", { name }).click();
const select = (page) => page.getByRole("checkbox", { name: "Select the rows that are loaded" }).check();
const selected = (name) => (page) => select(page).then(() => page.getByRole("toolbar").getByRole("button", { name }).click());
/** Through the menu of a row, which every window has. */
const ofRow = (name) => (page) => button(page, /^More for/).click().then(() => choose(page, name));
/** Through the menu of the record. */
const ofRecord = (name) => (page) => button(page, "More actions").click().then(() => choose(page, name));
const answers = (page, path, status, reason, metadata = {}) =>
  page.route(path, (route) =>
    route.fulfill({ status, contentType: "application/problem+json", body: JSON.stringify({ status, reason, metadata, traceId: "4bf92f3577b34da6a3ce929d0e0e4736" }) }),
  );
const LIST = /\/v1\/customers\?/;
const filters = encodeURIComponent(JSON.stringify({ country: ["BR", "DE", "FR"], status: ["ACTIVE"] }));

/** Name, address, and what is done before the picture is taken. An act may give another page to take. */
const screens = [
  ["list", "/customers?time=all"],
  ["list-filtered", `/customers?time=all&filters=${filters}`],
  ["list-filter", `/customers?time=all&filters=${filters}`, press(/^Country/)],
  ["list-filters", "/customers?time=all", press("Filter")],
  ["list-columns", "/customers?time=all", press("Columns")],
  ["list-days", "/customers?time=custom&from=2026-01-01"],
  ["list-empty", "/customers?q=nobody-is-called-that-here"],
  ["list-waits", "/customers?time=all", async (page) => {
    await page.route(LIST, () => {});
    await page.reload();
    await page.locator(".mantine-Skeleton-root").first().waitFor();
    return WAITS;
  }],
  ["list-failed", "/customers?time=all", async (page) => {
    await answers(page, LIST, 503, "UNAVAILABLE");
    await page.reload();
    await button(page, "Try again").waitFor();
  }],
  ["list-offline", "/customers?time=all", async (page, context) => {
    await context.setOffline(true);
    await page.getByText("You are offline.").waitFor();
  }],
  ["list-row", "/customers?time=all", press(/^More for/)],
  ["list-delete", "/customers?time=all", ofRow("Delete customer")],
  ["list-delete-history", "/customers?time=all", async (page) => {
    await ofRow("Delete customer")(page);
    await page.getByRole("checkbox", { name: "Delete the history too" }).check();
  }],
  ["list-selected", "/customers?time=all", select],
  ["list-selected-delete", "/customers?time=all", selected("Delete")],
  ["list-selected-group", "/customers?time=all", selected("Add to group")],
  ["list-selected-disable", "/customers?time=all", (page) => selected("More for those selected")(page).then(() => choose(page, "Disable sign-in"))],
  ["list-export", "/customers?time=all", press("Export")],
  ["operation", `/${work.name}`],
  ["palette", "/customers", (page) => page.keyboard.press("Control+k")],
  ["palette-found", "/customers", async (page) => {
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").getByRole("textbox").fill("gonc");
    await page.getByText("All customers with").waitFor();
  }],
  ["record", record],
  ["record-long", `/${long.name}`],
  ["record-bare", `/${bare.name}`],
  ["record-waits", record, async (page) => {
    await page.route(/:overview|\/overview/, () => {});
    await page.reload();
    await page.locator(".mantine-Skeleton-root").first().waitFor();
    return WAITS;
  }],
  ["record-gone", `/customers/${crypto.randomUUID()}`],
  ["record-edit", `${record}?edit=true`],
  ["record-refused", `${record}?edit=true`, async (page) => {
    await page.getByLabel("Email").fill("nobody");
    await page.keyboard.press("Control+Enter");
    await page.locator('[aria-invalid="true"]').first().waitFor();
  }],
  ["record-leave", `${record}?edit=true`, async (page) => {
    await page.getByLabel("Department").fill("Bridge");
    await page.keyboard.press("Escape");
  }],
  ["record-conflict", `/${bare.name}?edit=true`, async (page) => {
    await page.getByLabel("Job title").fill("Captain");
    await page.getByLabel("Department").fill("Bridge");
    await api.call("PATCH", `/v1/${bare.name}`, { jobTitle: `Admiral ${crypto.randomUUID().slice(0, 4)}` });
    await page.keyboard.press("Control+Enter");
    await page.getByRole("dialog").waitFor();
  }],
  ["record-saved", `/${bare.name}?edit=true`, async (page) => {
    await page.getByLabel("Department").fill(`Bridge ${crypto.randomUUID().slice(0, 4)}`);
    await page.keyboard.press("Control+Enter");
    await page.getByText("Saved.").waitFor();
  }],
  ["record-addresses", `${record}/addresses`],
  ["record-addresses-none", `/${bare.name}/addresses`],
  ["record-address-new", `${record}/addresses`, press("Add address")],
  ["record-address-edit", `${record}/addresses`, press("Edit Home")],
  ["record-address-rule", `${record}/addresses`, async (page) => {
    await button(page, "Edit Home").click();
    await page.getByLabel("Postcode").fill("99");
    await page.keyboard.press("Control+Enter");
    await button(page, "Keep it with a reason").click();
  }],
  ["record-address-delete", `${record}/addresses`, (page) => button(page, "More for Home").click().then(() => choose(page, "Delete address"))],
  ["record-menu", record, press("More actions")],
  ["record-delete", record, ofRecord("Delete customer")],
  ["record-groups", `${record}/groups`],
  ["record-groups-none", `/${bare.name}/groups`],
  ["record-metadata", `${record}/metadata`],
  ["record-metadata-none", `/${bare.name}/metadata`],
  ["record-metadata-new", `${record}/metadata`, press("Add an entry")],
  ["record-access", `/${blocked.name}/access`],
  ["record-access-none", `/${bare.name}/access`],
  ["record-access-create", `/${bare.name}/access`, press("Create an account")],
  ["record-access-asked", `/${asked.name}/access`],
  ["record-access-check", `/${asked.name}/access`, async (page) => {
    await button(page, "Check a caller’s answer").click();
    await page.getByLabel("Answer given").fill("Fido");
    await page.keyboard.press("Enter");
    await page.getByText("That is not the answer.").or(page.getByText("Too many answers were wrong.")).waitFor();
  }],
  ["record-access-question", `/${asked.name}/access`, press("Change the question")],
  ["record-access-password", `/${blocked.name}/access`, press("Set a temporary password")],
  ["record-access-code", `/${blocked.name}/access`, press("Give a code for a new password")],
  ["record-access-disable", `${record}/access`, press("Disable sign-in")],
  ["record-step-up", `/${blocked.name}/access`, async (page) => {
    await answers(page, "**/account:setPassword", 403, "STEP_UP_REQUIRED");
    await button(page, "Set a temporary password").click();
    await page.getByLabel("Temporary password", { exact: true }).fill("quiet river seven");
    await button(page, "Set password").click();
    await page.getByRole("dialog", { name: "Your password, please" }).waitFor();
  }],
  ["record-consent", `${record}/consent`],
  ["record-consent-subscribe", `/${blocked.name}/consent`, press("Subscribe")],
  ["record-history", `${record}/activity`],
  ["record-history-fields", `${record}/activity`, (page) => page.locator("summary").last().click()],
  ["new", "/customers/new"],
  ["new-more", "/customers/new", press("More about the customer")],
  ["new-address", "/customers/new", press("Add an address")],
  ["new-refused", "/customers/new", (page) => page.keyboard.press("Control+Enter")],
  ["new-again", "/customers/new", async (page) => {
    await page.getByLabel("Email").fill(email("luis"));
    await page.getByText("Perhaps this customer is here already").waitFor();
  }],
  ["new-forbidden", "/customers/new", async (page) => {
    await page.route("**/v1/session", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), permissions: ["PERMISSION_CUSTOMER_READ"] } });
    });
    await page.reload();
    await page.getByRole("alert").waitFor();
  }],
  ["activity", "/activity"],
  ["deleted", "/activity/deleted"],
  ["deleted-empty", "/activity/deleted?q=nobody-is-called-that-here"],
  ["deleted-record", `/activity/deleted/${idOf(gone)}`],
  ["deleted-receipt", `/activity/deleted/${idOf(without)}`],
  ["own-account", "/account"],
  ["own-menu", "/customers", press(/^Account of/)],
  ["keys", "/customers", (page) => page.keyboard.press("?")],
  ["menu", "/customers", async (page) => {
    if (await button(page, "Menu").isVisible()) await button(page, "Menu").click();
  }],
  ["nowhere", "/nowhere"],
  ["home", "/"],
  ["approvals", "/approvals"],
  ["approvals-none", `/approvals?group=${crypto.randomUUID()}`],
  ["approvals-chosen", "/approvals", (page) => page.getByRole("checkbox", { name: "Select all" }).check()],
  ["approvals-decline", "/approvals", press(/^Decline/)],
  ["groups", "/groups"],
  ["groups-empty", "/groups?q=nobody-is-called-that-here"],
  ["groups-new", "/groups", press("New group")],
  ["group", trade],
  ["group-empty", `/${empty.name}`],
  ["group-edit", `${trade}?edit=true`],
  ["group-delete", "/groups", press(`Delete ${asking.displayName}`)],
  ["staff", "/settings/staff"],
  ["staff-new", "/settings/staff", press("New member of staff")],
  ["roles", "/settings/roles"],
  ["fields", "/settings/fields"],
  ["fields-edit", "/settings/fields", (page) => press("Edit")(page).then(() => press("What Tax number must look like")(page))],
  ["role-new", "/settings/roles", press("New role")],
  ["questions", "/settings/questions"],
  ["question-new", "/settings/questions", press("New question")],
  ["session-idle", "/customers", async (_, context) => {
    const page = await context.newPage();
    await page.clock.install();
    await page.goto("/customers?time=all");
    await settled(page);
    await page.clock.fastForward("24:05");
    await page.getByRole("dialog").waitFor();
    return page;
  }],
  ["unreachable", "/customers", async (page) => {
    await page.route("**/v1/**", (route) => route.abort());
    await page.reload();
    await page.getByRole("alert").waitFor();
  }],
  // the last: it signs out
  ["session-ended", record, async (page) => {
    await answers(page, "**/v1/**", 401, "CREDENTIALS_MISSING");
    await page.getByRole("link", { name: "Change history" }).click();
    await page.getByRole("dialog", { name: "Your session has ended" }).waitFor();
    return WAITS;
  }],
];

/** Pictures that show a language, and so press no buttons by their English names. */
const SPOKEN = new Set(["list-filtered", "record", "record-addresses", "record-access", "record-history", "new", "home", "own-account", "staff", "operation"]);

const browser = await launch();
const context = (options) =>
  browser.newContext({ baseURL: patron.url, locale: "en-GB", reducedMotion: "reduce", viewport: { width: 1440, height: 900 }, ...options });
const phone = { viewport: { width: 360, height: 780 }, hasTouch: true, isMobile: true };
const save = (page, name) => page.screenshot({ path: join(folder, `${name}.png`) });

for (const [look, options, shown = () => true] of [
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["phone-light", { colorScheme: "light", ...phone }],
  ["phone-dark", { colorScheme: "dark", ...phone }],
  ["german", { locale: "de" }, (name) => SPOKEN.has(name)],
  ["phone-german", { locale: "de", ...phone }, (name) => SPOKEN.has(name)],
  ["arabic", { locale: "ar" }, (name) => SPOKEN.has(name)],
  ["phone-arabic", { locale: "ar", ...phone }, (name) => SPOKEN.has(name)],
]) {
  const those = screens.filter(([name]) => shown(name) && isWanted(`${name}-${look}`));
  if (those.length === 0) continue;
  const their = await context(options);
  their.setDefaultTimeout(60_000);
  const page = await their.newPage();
  await signInAs(page, "admin", patron.password, look);
  for (const [name, path, act] of those) {
    try {
      await page.goto(path);
      await settled(page);
      const given = await act?.(page, their);
      if (given !== WAITS) await settled(page);
      const other = given?.screenshot && given;
      await save(other || page, `${name}-${look}`);
      await (other || undefined)?.close();
    } catch (error) {
      console.error(`${name}-${look}: ${error.message.split("\n")[0]}`);
      await save(page, `${name}-${look}`);
    }
    await their.setOffline(false);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  }
  await their.close();
}

/** Signs in, with pictures of the page that does it, refused and not, and of the one that wants another password. */
async function signInAs(page, username, password, look) {
  await page.goto("/");
  await page.locator("[name=identifier]").waitFor();
  await save(page, `sign-in-${look}`);
  if (isWanted(`sign-in-refused-${look}`)) {
    await page.locator("[name=identifier]").fill(newcomer.username);
    await page.locator("[name=password]").fill("not the password");
    await page.locator("[type=submit]").click();
    await page.getByRole("alert").waitFor();
    await save(page, `sign-in-refused-${look}`);
    await page.locator("[name=password]").fill(given);
    await page.locator("[type=submit]").click();
    await page.locator("[autocomplete=new-password]").first().waitFor();
    await save(page, `first-password-${look}`);
    await page.getByRole("button").last().click();
  }
  await page.locator("[name=identifier]").fill(username);
  await page.locator("[name=password]").fill(password);
  await page.locator("[type=submit]").click();
  await page.locator("main ol li").first().waitFor();
}

// --- the two in the README

if (isWanted("pictures")) {
  const size = { width: 1440, height: 840 };
  const their = await context({ colorScheme: "light", viewport: size });
  const page = await their.newPage();
  await signIn(page, "admin", patron.password);
  await signedInto(page);
  const cdp = await their.newCDPSession(page);
  for (const [name, path] of [["record", record], ["list", `/customers?time=all&filters=${filters}`]]) {
    await page.goto(path);
    await settled(page);
    await page.mouse.move(600, 5);
    const { data } = await cdp.send("Page.captureScreenshot", { format: "webp", quality: 75, clip: { x: 0, y: 0, ...size, scale: 1200 / size.width } });
    writeFileSync(join(pictures, `${name}.webp`), Buffer.from(data, "base64"));
  }
  await their.close();
}

await browser.close();
await patron.stop();
console.log(`pictures are in ${folder}`);
process.exit(0);
