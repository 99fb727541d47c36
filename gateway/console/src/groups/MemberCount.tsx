import { Trans } from "@lingui/react/macro";
import { formatCount } from "../ui/format";
import type { Group } from "./queries";

/** How many customers are in a group; "about" where that was not counted. */
export function MemberCount({ group }: { group: Group }) {
  const count = formatCount(group.memberCount ?? 0);
  return group.memberCountEstimated ? <Trans>about {count}</Trans> : count;
}
