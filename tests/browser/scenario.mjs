// A scenario: a person's task in a browser of their own, signed in as the administrator unless it says otherwise.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, test } from "node:test";
import { chromium } from "playwright-core";
import { Api } from "./api.mjs";

/** How long something may take to be seen, in milliseconds. */
const PATIENCE_MS = 30_000;

const { PATRON_URL: url, PATRON_PASSWORD: password } = process.env;

/** The API with the administrator's rights. */
export const api = new Api(url, "admin", password);

let browser;
let signedIn;

/** Debian's Chromium, which refuses its sandbox to root. */
export function launch() {
  const arguments_ = process.getuid() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: arguments_ });
}

/** Signs in as a person does. */
export async function signIn(page, username, secret) {
  await page.goto("/");
  await page.getByLabel("Username or email").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(secret);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Waits until somebody who signed in is in. */
export async function signedInto(page) {
  await page.getByRole("heading", { name: /^Good to see you/ }).waitFor({ timeout: PATIENCE_MS });
}

/** Waits until a page has read what it shows. The stream of what happens goes on, so its network is never idle. */
export async function settled(page) {
  await page.waitForFunction(() => {
    const waits = !document.querySelector("h1") || document.querySelector('.mantine-Skeleton-root, [aria-busy="true"]');
    // what was read may ask for more
    window.settledSince = waits ? undefined : (window.settledSince ?? performance.now());
    return !waits && performance.now() - window.settledSince > 300;
  });
}

async function administrator() {
  const context = await browser.newContext({ baseURL: url });
  const page = await context.newPage();
  await signIn(page, "admin", password);
  await signedInto(page);
  const state = await context.storageState();
  await context.close();
  return state;
}

/**
 * Runs a task. `as` is who does it: "admin", or "nobody" to begin signed out; other options are those of the browser's context.
 * It fails too where the page broke the content security policy or threw. A browser on a busy machine may be late for once: what fails
 * is tried a second time, and the first failure is told.
 */
export function scenario(name, options, task) {
  test(name, { timeout: 300_000 }, async (told) => {
    browser ??= await launch();
    try {
      await perform(name, options, task);
    } catch (error) {
      told.diagnostic(`"${name}" failed at first: ${error.stack}`);
      signedIn = undefined;
      await perform(name, options, task);
    }
  });
}

async function perform(name, { as = "admin", ...context }, task) {
  if (as === "admin") signedIn ??= await administrator();
  const wrong = [];
  const their = await browser.newContext({
    baseURL: url,
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    reducedMotion: "reduce",
    ...(as === "admin" && { storageState: signedIn }),
    ...context,
  });
  their.setDefaultTimeout(PATIENCE_MS);
  const page = await their.newPage();
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) wrong.push(message.text());
  });
  try {
    await task(page, their);
    assert.deepEqual(wrong, []);
  } catch (error) {
    mkdirSync("failures", { recursive: true });
    await page.screenshot({ path: `failures/${name.replaceAll(/\W+/g, "_").slice(0, 80)}.png` }).catch(() => {});
    throw error;
  } finally {
    await their.close();
  }
}

after(() => browser?.close());
