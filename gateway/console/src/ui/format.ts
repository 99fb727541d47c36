import { i18n } from "@lingui/core";

const made = new Map<string, unknown>();

/** The language of the console as it is written where the person lives: `en-GB`. */
function locale(): string {
  return navigator.languages.find((tag) => tag.split("-")[0] === i18n.locale) ?? i18n.locale;
}

/** Formatters cost more to make than to use; each is made once for a language. */
function once<T>(key: string, make: (locale: string) => T): T {
  const full = `${i18n.locale} ${key}`;
  const known = made.get(full) as T | undefined;
  if (known) return known;
  const fresh = make(locale());
  made.set(full, fresh);
  return fresh;
}

/** A day: `27 Nov 2026`. Empty where there is none. */
export function formatDay(time: string | undefined): string {
  if (!time) return "";
  return once("day", (it) => new Intl.DateTimeFormat(it, { dateStyle: "medium" })).format(new Date(time));
}

/** A day and time: `27 Nov 2026, 18:40`. Empty where there is none. */
export function formatTime(time: string | undefined): string {
  if (!time) return "";
  const style = { dateStyle: "medium", timeStyle: "short" } as const;
  return once("time", (it) => new Intl.DateTimeFormat(it, style)).format(new Date(time));
}

/** How long ago a time is, in the unit that fits: `5 minutes ago`, `now`. Empty where there is none. */
export function formatAgo(time: string | undefined): string {
  if (!time) return "";
  const seconds = Math.max(0, Date.now() - new Date(time).getTime()) / 1000;
  const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ] as const;
  const [unit, length] = units.find(([, length]) => seconds >= length) ?? ["second", 60];
  const style = { numeric: "auto" } as const;
  return once("ago", (it) => new Intl.RelativeTimeFormat(it, style)).format(-Math.floor(seconds / length), unit);
}

/** The time of day: `18:40`. */
export function formatClock(time: string): string {
  return once("clock", (it) => new Intl.DateTimeFormat(it, { timeStyle: "short" })).format(new Date(time));
}

/** A whole day with its weekday: `Friday, 27 November 2026`. */
export function formatLongDay(time: string): string {
  return once("long", (it) => new Intl.DateTimeFormat(it, { dateStyle: "full" })).format(new Date(time));
}

/** How many: `12,345`. */
export function formatCount(count: number): string {
  return once("count", (it) => new Intl.NumberFormat(it)).format(count);
}

/** A size, in the unit that fits: `3.2 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["kilobyte", "megabyte", "gigabyte"] as const;
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 1), units.length);
  const unit = units[power - 1] ?? "kilobyte";
  const style = { style: "unit", unit, maximumFractionDigits: bytes < 10 * 1000 ** power ? 1 : 0 } as const;
  return once(`${unit} ${style.maximumFractionDigits}`, (it) => new Intl.NumberFormat(it, style)).format(
    bytes / 1000 ** power,
  );
}

/** A time that something takes: `40 seconds`, `3 minutes`. */
export function formatDuration(seconds: number): string {
  const [value, unit] = seconds < 90 ? [seconds, "second"] : [seconds / 60, "minute"];
  const style = { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 } as const;
  return once(`duration ${unit}`, (it) => new Intl.NumberFormat(it, style)).format(Math.ceil(value));
}

/** A calendar date without time: year, month and day as numbers. */
export function formatDate({ year, month, day }: { year?: number; month?: number; day?: number }): string {
  if (!year || !month || !day) return "";
  const style = { dateStyle: "long", timeZone: "UTC" } as const;
  return once("date", (it) => new Intl.DateTimeFormat(it, style)).format(new Date(Date.UTC(year, month - 1, day)));
}

/** The name of a country by its code: `Brazil` for `BR`. The code where there is no name. */
export function countryName(code: string): string {
  try {
    return once("country", (it) => new Intl.DisplayNames(it, { type: "region" })).of(code) ?? code;
  } catch {
    return code;
  }
}

/** The name of a language by its tag: `Portuguese (Brazil)` for `pt-BR`. */
export function languageName(tag: string): string {
  try {
    return once("language", (it) => new Intl.DisplayNames(it, { type: "language" })).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Compares texts as the language orders them. */
export function compare(left: string, right: string): number {
  return once("order", (it) => new Intl.Collator(it)).compare(left, right);
}
