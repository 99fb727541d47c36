// Writes a picture of every screen, light and dark, to gateway/console/screenshots: `node screenshots.mjs PATRON-LOCAL`.

import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { idOf } from "./api.mjs";
import { startPatron } from "./patron.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, "../../gateway/console/screenshots");
mkdirSync(folder, { recursive: true });

const patron = await startPatron(process.argv[2]);
process.env.PATRON_URL = patron.url;
process.env.PATRON_PASSWORD = patron.password;
const { api, launch, settled, signedInto, signIn } = await import("./scenario.mjs");

const address = { label: "Home", line1: "Av. Dr. Nelson D'Ávila 389", city: "São José dos Campos", region: "SP", postalCode: "12243-750", countryCode: "BR" };
const group = await api.group("Wholesale");
const customer = await api.customer(
  { company: "Initech", jobTitle: "Engineer", primaryPhone: { number: "+55 12 3923-5555" } },
  { addresses: [{ ...address, uses: ["ADDRESS_USE_SHIPPING"] }], groups: [group.name] },
);
const record = `/${customer.name}`;
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
await api.staff("manager");
await api.staff("support");
const trade = `/${asking.name}`;

const blocked = await api.customer({ firstName: "Mei", lastName: "Tanaka" }, { account: { username: "mei.tanaka" } });
await api.call("POST", `/v1/${blocked.name}/account:disable`, { reason: "Asked for it on the phone" });
const [question] = (await api.call("GET", "/v1/securityQuestions")).securityQuestions;
const asked = await api.customer(
  { firstName: "Amélie", lastName: "Dubois" },
  { account: { username: "amelie.dubois", securityQuestion: question.name, securityAnswer: "Rex" } },
);
const deleted = await api.customer();
await api.call("DELETE", `/v1/${deleted.name}`);
const selection = { names: [customer.name, blocked.name, deleted.name] };
const work = await api.call("POST", "/v1/customers:bulkDisable", { selection, reason: "Audit" });
while (!(await api.call("GET", `/v1/${work.name}:wait`)).done);
const select = (page) => page.getByRole("checkbox", { name: "Select the rows that are loaded" }).check();
const press = (name) => (page) => page.getByRole("button", { name }).first().click();

/** Name, address, and what is done before the picture is taken. */
const screens = [
  ["list", "/customers?time=all"],
  ["list-empty", "/customers?q=nobody-is-called-that-here"],
  ["list-delete", "/customers?time=all", (page) => page.getByRole("button", { name: /^Delete/ }).first().click()],
  ["list-selected", "/customers?time=all", select],
  ["list-selected-delete", "/customers?time=all", (page) => select(page).then(() => page.getByRole("toolbar").getByRole("button", { name: "Delete" }).click())],
  ["operation", `/${work.name}`],
  ["list-export", "/customers?time=all", (page) => page.getByRole("button", { name: "Export" }).click()],
  ["list-delete-history", "/customers?time=all", async (page) => {
    await page.getByRole("button", { name: /^Delete/ }).first().click();
    await page.getByRole("checkbox", { name: "Delete the history too" }).check();
  }],
  ["palette", "/customers", (page) => page.keyboard.press("Control+k")],
  ["record", record],
  ["record-edit", `${record}?edit=true`],
  ["record-addresses", `${record}/addresses`],
  ["record-address-new", `${record}/addresses`, press("Add address")],
  ["record-menu", record, press("More actions")],
  ["record-groups", `${record}/groups`],
  ["record-access", `/${blocked.name}/access`],
  ["record-access-asked", `/${asked.name}/access`],
  ["record-access-check", `/${asked.name}/access`, async (page) => {
    await page.getByRole("button", { name: "Check a caller’s answer" }).click();
    await page.getByLabel("Answer given").fill("Fido");
    await page.keyboard.press("Enter");
    await page.getByText("That is not the answer.").waitFor();
  }],
  ["record-access-question", `/${asked.name}/access`, press("Change the question")],
  ["record-access-password", `/${blocked.name}/access`, press("Set a temporary password")],
  ["record-history", `${record}/activity`],
  ["new", "/customers/new"],
  ["new-address", "/customers/new", press("Add an address")],
  ["new-refused", "/customers/new", (page) => page.keyboard.press("Control+Enter")],
  ["activity", "/activity"],
  ["deleted", "/activity/deleted"],
  ["deleted-record", `/activity/deleted/${idOf(gone)}`],
  ["deleted-receipt", `/activity/deleted/${idOf(without)}`],
  ["own-account", "/account"],
  ["own-menu", "/customers", press(/^Account of/)],
  ["keys", "/customers", (page) => page.keyboard.press("?")],
  ["nowhere", "/nowhere"],
  ["home", "/"],
  ["approvals", "/approvals"],
  ["approvals-chosen", "/approvals", (page) => page.getByRole("checkbox", { name: "Choose all" }).check()],
  ["approvals-decline", "/approvals", (page) => page.getByRole("button", { name: /^Decline/ }).first().click()],
  ["groups", "/groups"],
  ["groups-new", "/groups", (page) => page.getByRole("button", { name: "New group" }).click()],
  ["group", trade],
  ["group-edit", `${trade}?edit=true`],
  ["group-delete", "/groups", (page) => page.getByRole("button", { name: `Delete ${asking.displayName}` }).click()],
  ["staff", "/settings/staff"],
  ["staff-new", "/settings/staff", (page) => page.getByRole("button", { name: "New member of staff" }).click()],
  ["roles", "/settings/roles"],
  ["role-new", "/settings/roles", press("New role")],
  ["questions", "/settings/questions"],
  ["question-new", "/settings/questions", press("New question")],
];

const browser = await launch();
for (const [look, options] of [
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["phone-light", { colorScheme: "light", viewport: { width: 390, height: 844 } }],
  ["phone-dark", { colorScheme: "dark", viewport: { width: 390, height: 844 } }],
]) {
  const size = { width: 1280, height: 800 };
  const context = await browser.newContext({ baseURL: patron.url, viewport: size, locale: "en-GB", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  await page.goto("/");
  await page.getByRole("heading", { name: "Sign in to Patron" }).waitFor();
  await page.screenshot({ path: join(folder, `sign-in-${look}.png`) });
  await signIn(page, "admin", patron.password);
  await signedInto(page);
  for (const [name, path, act] of screens) {
    await page.goto(path);
    await settled(page);
    await act?.(page);
    await settled(page);
    await page.screenshot({ path: join(folder, `${name}-${look}.png`) });
  }
  await context.close();
}
await browser.close();
await patron.stop();
console.log(`pictures are in ${folder}`);
process.exit(0);
