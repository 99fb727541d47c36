import { formatCount } from "../../ui/format";

/** Up to how many events are counted. */
export const COUNTED = 10_000;

/** How many events there are: `12,345`, and `10,000+` where they were not all counted. */
export function eventCount(count = 0): string {
  return count > COUNTED ? `${formatCount(COUNTED)}+` : formatCount(count);
}
