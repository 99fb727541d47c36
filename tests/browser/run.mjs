// Runs the scenarios on a Patron: `node run.mjs PATRON-LOCAL [PART OF A FILE'S NAME]`. Closes with "N passed, N failed".

import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { startPatron } from "./patron.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [launcher, part = ""] = process.argv.slice(2);
process.chdir(here);

const patron = await startPatron(launcher);
process.env.PATRON_URL = patron.url;
process.env.PATRON_PASSWORD = patron.password;

let passed = 0;
let failed = 0;
const files = readdirSync("scenarios").filter((name) => name.endsWith(".mjs") && name.includes(part));
// one process and one after the other: they share a browser and a Patron
const stream = run({ files: files.map((name) => join(here, "scenarios", name)), isolation: "none", concurrency: false });
stream.on("test:pass", () => passed++);
stream.on("test:fail", () => failed++);
stream.compose(spec).pipe(process.stdout);
await new Promise((resolve) => stream.once("end", resolve));

await patron.stop();
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
