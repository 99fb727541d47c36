/** The midnights at which the last days begin in the operator's time zone, and that at which today ends. */
export function dayStarts(now: Date, days: number): Date[] {
  return Array.from(
    { length: days + 1 },
    (_, place) => new Date(now.getFullYear(), now.getMonth(), now.getDate() - days + 1 + place),
  );
}

/** A day as addresses write it: `2026-11-27`. */
export function dayWord(day: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
