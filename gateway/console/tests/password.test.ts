import { expect, test } from "vitest";
import { randomPassword } from "../src/staff/password";

test("a password by chance is long enough for staff, has no sign that is taken for another, and comes once", () => {
  const passwords = Array.from({ length: 200 }, randomPassword);
  for (const password of passwords) expect(password).toMatch(/^([a-hjkmnp-z2-9]{4}-){4}[a-hjkmnp-z2-9]{4}$/);
  expect(new Set(passwords).size).toBe(200);
});
