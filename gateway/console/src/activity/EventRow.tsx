import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { camelCase } from "../api/problem";
import { customerQuery, fullName, idOf } from "../customers/queries";
import { CopyText } from "../ui/CopyText";
import { formatClock, formatTime } from "../ui/format";
import { useActorName } from "./actor";
import { Changes } from "./Changes";
import type { ActivityEvent } from "./queries";
import classes from "./Timeline.module.css";
import { eventWords } from "./words";

/** One thing that happened: when, who did it, what changed from what to what, and in which trace. */
export function EventRow({ event, ofOne }: { event: ActivityEvent; ofOne: boolean }) {
  const { i18n } = useLingui();
  const actorName = useActorName();
  const { actor = "", actorDisplayName = "", reason = "", traceId = "" } = event.context ?? {};
  const time = event.eventTime ?? "";
  const words = eventWords(event.type);
  const who = actorName(actor, actorDisplayName);
  return (
    <li className={classes.event}>
      <time className="faint figures" dateTime={time} title={formatTime(time)}>
        {formatClock(time)}
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
        </div>
        {reason && (
          <div className="faint">
            <Trans>
              Reason: <bdi>{reason}</bdi>
            </Trans>
          </div>
        )}
        <Changes changes={event.changes} created={/\.created$/.test(event.type)} />
      </div>
      {traceId && (
        <span className={`faint ${classes.trace}`}>
          <CopyText text={traceId} shown={traceId.slice(0, 8)} />
        </span>
      )}
    </li>
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
