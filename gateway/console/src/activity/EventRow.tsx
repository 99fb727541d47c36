import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { camelCase } from "../api/problem";
import { customerQuery, fullName, idOf } from "../customers/queries";
import { groupsQuery } from "../groups/queries";
import { useMay } from "../shell/session";
import { CopyText } from "../ui/CopyText";
import { formatClock, formatDay, formatTime } from "../ui/format";
import { useActorName } from "./actor";
import { Changes } from "./Changes";
import type { ActivityEvent } from "./queries";
import classes from "./Timeline.module.css";
import { eventWords } from "./words";

interface Props {
  event: ActivityEvent;
  /** Whether only what happened to one customer is shown, so that nobody need say to whom. */
  ofOne: boolean;
  /** Whether it says no more than who did what, and when: with the day. */
  brief?: boolean;
}

/** One thing that happened: when, who did it, what changed from what to what, and in which trace. */
export function EventRow({ event, ofOne, brief = false }: Props) {
  const { i18n } = useLingui();
  const actorName = useActorName();
  const { actor = "", actorDisplayName = "", reason = "", traceId = "" } = event.context ?? {};
  const time = event.eventTime ?? "";
  const words = eventWords(event.type);
  // the reason stands above them
  const changes = event.changes.filter(({ field, new: to }) => field !== "status_reason" || !reason || to !== reason);
  const who = actorName(actor, actorDisplayName);
  return (
    <li className={classes.event} data-brief={brief || undefined}>
      <time className="faint figures" dateTime={time} title={formatTime(time)}>
        {brief && !isToday(time) ? formatDay(time) : formatClock(time)}
      </time>
      <div className={classes.what}>
        <div>
          <bdi className={classes.who}>{who}</bdi>{" "}
          {words ? i18n._(words) : camelCase(event.type.replace(".", " ").replaceAll("_", " "))}
          {!ofOne && event.customer && (
            <>
              {" · "}
              <CustomerLink id={idOf(event.customer)} />
            </>
          )}
          {!event.customer && event.resource?.startsWith("groups/") && (
            <>
              {" · "}
              <GroupLink name={event.resource} />
            </>
          )}
        </div>
        {!brief && reason && (
          <div className="faint">
            <Trans>
              Reason: <bdi>{reason}</bdi>
            </Trans>
          </div>
        )}
        {!brief && <Changes changes={changes} created={/\.created$/.test(event.type)} />}
      </div>
      {!brief && traceId && (
        <span className={`faint ${classes.trace}`}>
          <CopyText text={traceId} shown={traceId.slice(0, 8)} />
        </span>
      )}
    </li>
  );
}

function GroupLink({ name }: { name: string }) {
  const may = useMay();
  const groups = useQuery({ ...groupsQuery, enabled: may("GROUP_READ") });
  const group = groups.data?.find((it) => it.name === name);
  if (!group)
    return (
      groups.isSuccess && (
        <span className="faint">
          <Trans>a group that is no longer there</Trans>
        </span>
      )
    );
  return (
    <Link to="/groups/$group" params={{ group: idOf(name) }}>
      <bdi>{group.displayName}</bdi>
    </Link>
  );
}

function CustomerLink({ id }: { id: string }) {
  const customer = useQuery({ ...customerQuery(id), retry: false });
  if (customer.isError) {
    return (
      <Link to="/activity/deleted/$customer" params={{ customer: id }} className="faint">
        <Trans>a customer who is no longer there</Trans>
      </Link>
    );
  }
  return (
    <Link to="/customers/$customer/{-$section}" params={{ customer: id, section: undefined }}>
      <bdi>{customer.data ? fullName(customer.data) : "…"}</bdi>
    </Link>
  );
}

function isToday(time: string): boolean {
  return new Date(time).toDateString() === new Date().toDateString();
}
