import { Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Button, Progress } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconLoader, IconX } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { asProblem } from "../api/problem";
import { useSession } from "../shell/session";
import { sayRefused } from "../ui/notify";
import { follow, unfollow, useFollowed } from "./followed";
import classes from "./Operations.module.css";
import { operationQuery, runningQuery, useCancelOperation } from "./queries";
import { countsOf, OperationProgress, OperationTitle } from "./words";

/** How long lists may take to hear of what happened in other services, in milliseconds. */
const HEARD = 2000;

/** What takes longer and the person started, above every screen: how far it is, and what it came to. */
export function Operations() {
  const { t } = useLingui();
  const followed = useFollowed();
  const { user } = useSession();
  const { data: running } = useQuery(runningQuery(user));
  useEffect(() => {
    // the newest comes first there, and last here
    for (const id of running?.toReversed() ?? []) follow(id);
  }, [running]);
  if (followed.length === 0) return null;
  return (
    <section aria-label={t`Running work`}>
      {followed.map((id) => (
        <Followed key={id} id={id} />
      ))}
    </section>
  );
}

function Followed({ id }: { id: string }) {
  const { t } = useLingui();
  const client = useQueryClient();
  const { data: operation, error } = useQuery(operationQuery(id));
  const cancel = useCancelOperation(id);
  const gone = error && [403, 404].includes(asProblem(error).status);
  const done = operation?.done;

  useEffect(() => {
    if (gone) unfollow(id);
  }, [gone, id]);
  useEffect(() => {
    if (!done) return;
    // what it changed is read again: when it ends, and when the lists have heard of it from every service
    const read = () => {
      for (const queryKey of [["customers"], ["groups"], ["activity"]]) void client.invalidateQueries({ queryKey });
    };
    read();
    const later = setTimeout(read, HEARD);
    return () => clearTimeout(later);
  }, [done, client]);

  if (!operation) return null;
  const { done: good, failed, total } = countsOf(operation);
  const ended = operation.done ? (failed || operation.error ? "warn" : "good") : undefined;
  const Icon = ended === "warn" ? IconAlertTriangle : ended ? IconCircleCheck : IconLoader;
  return (
    <div className={classes.line}>
      <span className={classes.icon} data-end={ended} aria-hidden>
        <Icon size={16} />
      </span>
      <span className={classes.title}>
        <OperationTitle operation={operation} />
      </span>
      {!operation.done && (
        <Progress
          className={classes.bar}
          value={total ? (100 * (good + failed)) / total : 0}
          aria-label={t`Progress`}
          size="sm"
        />
      )}
      <span className="faint figures" role={operation.done ? "status" : undefined}>
        <OperationProgress operation={operation} />
      </span>
      <span className={classes.end}>
        <Button
          variant="subtle"
          size="compact-sm"
          renderRoot={(props) => <Link {...props} to="/operations/$operation" params={{ operation: id }} />}
        >
          <Trans>Show results</Trans>
        </Button>
        {operation.done ? (
          <ActionIcon variant="subtle" color="gray" onClick={() => unfollow(id)} aria-label={t`Dismiss`}>
            <IconX size={16} aria-hidden />
          </ActionIcon>
        ) : (
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            disabled={Boolean(operation.metadata?.cancelRequested)}
            loading={cancel.isPending}
            onClick={() => cancel.mutate(undefined, { onError: sayRefused })}
          >
            <Trans>Stop</Trans>
          </Button>
        )}
      </span>
    </div>
  );
}
