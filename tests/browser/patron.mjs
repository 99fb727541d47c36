// A Patron for the scenarios: one of their own, or the one that PATRON_URL and PATRON_PASSWORD name.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Made-up customers to look through. */
const CUSTOMERS = 300;

/**
 * Starts a Patron with customers in it, on ports of its own. `launcher` is the program `patron-local`. Gives its address, the
 * administrator's password, and what stops it.
 */
export async function startPatron(launcher) {
  const { PATRON_URL: url, PATRON_PASSWORD: password } = process.env;
  if (url && password) return { url, password, stop: async () => {} };
  const state = mkdtempSync(join(tmpdir(), "patron-browser-"));
  const child = spawn(launcher, ["--state", state, "up", "--ports", "free", "--demo", String(CUSTOMERS)], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let said = "";
  const address = await new Promise((resolve, reject) => {
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (text) => {
      said += text;
      const found = /Patron is at (\S+)/.exec(said);
      // the customers and their past come after the address
      if (found && /demo customers are ready/.test(said)) resolve(found[1]);
      if (/demo customers cannot be created/.test(said)) reject(new Error(`there are no customers to look at:\n${said}`));
    });
    ended.then(() => reject(new Error(`Patron did not start:\n${said}`)));
  }).catch((error) => {
    child.kill("SIGINT");
    throw error;
  });
  // the runner takes the scenarios for unfinished while anything else could still happen
  child.unref();
  child.stderr.unref();
  return {
    url: address,
    password: readFileSync(join(state, "administrator"), "utf8").trim(),
    async stop() {
      child.ref();
      child.kill("SIGINT");
      await ended;
      rmSync(state, { recursive: true, force: true });
    },
  };
}
