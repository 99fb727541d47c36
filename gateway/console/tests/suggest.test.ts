import { expect, test } from "vitest";
import { suggestPassword, suggestUsername } from "../src/account/suggest";

test("a username is the first initial, the last name and the last four digits of the phone", () => {
  expect(suggestUsername("Luís", "Gonçalves", "+55 12 3923-5555")).toBe("lgoncalves5555");
  expect(suggestUsername("Ada", "de la Cruz", "")).toBe("adelacruz");
  expect(suggestUsername("小龙", "李", "")).toBe("小李");
  expect(suggestUsername("", "Quick", "1234")).toBe("");
});

test("a password is long enough for a customer and never the same", () => {
  const passwords = new Set(Array.from({ length: 50 }, suggestPassword));
  expect(passwords.size).toBe(50);
  for (const password of passwords) expect(password).toMatch(/^(\w{4}-){3}\w{4}$/);
});
