import { Trans } from "@lingui/react/macro";
import { Alert, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { asProblem } from "../../api/problem";
import { Failure } from "../../ui/Failure";
import { formatTime } from "../../ui/format";
import classes from "../ActivityScreen.module.css";
import { useActorName } from "../actor";
import { deletedCustomerQuery } from "../queries";
import { Timeline } from "../Timeline";
import { eventCount } from "./count";

const route = getRouteApi("/activity/deleted/$customer");

/** What is left of a customer who was deleted: the history, or the receipt that it was deleted too. */
export function DeletedRecord() {
  const { customer: id } = route.useParams();
  const actorName = useActorName();
  const found = useQuery(deletedCustomerQuery(id));
  if (found.isError) {
    return <Failure problem={asProblem(found.error)} onRetry={() => void found.refetch()} whole />;
  }
  if (!found.data) {
    return (
      <div className={classes.screen}>
        <Skeleton height={24} width={240} />
        <Skeleton height={12} width={420} />
      </div>
    );
  }
  const { number, displayName, deleteTime, context, historyDeleteTime } = found.data;
  const who = actorName(context?.actor ?? "", context?.actorDisplayName);
  const when = formatTime(deleteTime);
  const count = eventCount(found.data.eventCount);
  return (
    <article className={classes.screen} aria-labelledby="deleted-name">
      <div>
        <Link to="/activity/deleted" className="faint">
          <Trans>Deleted customers</Trans>
        </Link>
        <h1 id="deleted-name">{displayName ? <bdi>{displayName}</bdi> : <Trans>Customer {number}</Trans>}</h1>
        <p className={classes.facts}>
          <span className="figures">{number}</span>
          <span>
            <Trans>
              Deleted {when} by <bdi>{who}</bdi>
            </Trans>
          </span>
        </p>
      </div>
      {historyDeleteTime && (
        <Alert color="gray" variant="light" maw={900}>
          <Trans>The history was deleted too. Entries it had: {count}.</Trans>
        </Alert>
      )}
      <Timeline customer={id} />
    </article>
  );
}
