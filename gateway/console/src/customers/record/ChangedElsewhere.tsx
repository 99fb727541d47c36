import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { useActorName } from "../../activity/actor";
import { useNews } from "../../shell/live";
import { formatClock } from "../../ui/format";

/** Says quietly who changed the record while it is open. */
export function ChangedElsewhere({ id }: { id: string }) {
  const change = useNews().changes.get(id);
  const actorName = useActorName();
  const [opened] = useState(Date.now);
  if (!change || change.at < opened) return null;
  const who = actorName(change.actor, change.actorName);
  const time = formatClock(new Date(change.at).toISOString());
  return (
    <span role="status">
      <Trans>
        {who} changed something at {time}
      </Trans>
    </span>
  );
}
