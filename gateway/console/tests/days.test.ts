import { expect, test } from "vitest";
import { dayStarts, dayWord } from "../src/home/days";

test("the days are whole ones of the operator's calendar, the last of them today", () => {
  const starts = dayStarts(new Date(2026, 2, 30, 15, 4), 3);
  expect(starts.map(dayWord)).toEqual(["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31"]);
  expect(starts.every((it) => it.getHours() === 0 && it.getMinutes() === 0)).toBe(true);
});
