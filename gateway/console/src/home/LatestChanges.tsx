import { Trans } from "@lingui/react/macro";
import { Skeleton } from "@mantine/core";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { EventRow } from "../activity/EventRow";
import { eventsQuery } from "../activity/queries";
import timeline from "../activity/Timeline.module.css";
import { readAnew } from "../api/cache";
import { asProblem } from "../api/problem";
import { seen, useNews } from "../shell/live";
import { Failure } from "../ui/Failure";
import classes from "./Home.module.css";

/** Changes shown; the rest is under Activity. */
const FEW = 8;

/** What happened last. */
export function LatestChanges() {
  const client = useQueryClient();
  const list = useInfiniteQuery(eventsQuery(undefined, "all"));
  const fresh = useNews().events;
  useEffect(() => {
    if (fresh === 0) return;
    seen("events");
    void readAnew(client, eventsQuery(undefined, "all").queryKey);
  }, [client, fresh]);
  const events = list.data?.pages[0]?.events.slice(0, FEW) ?? [];
  return (
    <section className={classes.part} aria-labelledby="home-latest">
      <h2 id="home-latest">
        <Trans>Latest changes</Trans>
      </h2>
      {list.isPending &&
        [1, 2, 3, 4].map((line) => <Skeleton key={line} height={12} my={12} width={`${70 - line * 8}%`} />)}
      {list.isError && !list.data && <Failure problem={asProblem(list.error)} onRetry={() => void list.refetch()} />}
      {list.isSuccess && events.length === 0 && (
        <p className="faint">
          <Trans>Nothing happened yet.</Trans>
        </p>
      )}
      <ol className={timeline.events}>
        {events.map((event) => (
          <EventRow key={event.name} event={event} ofOne={false} brief />
        ))}
      </ol>
      {events.length > 0 && (
        <p>
          <Link to="/activity">
            <Trans>Everything that happened</Trans>
          </Link>
        </p>
      )}
    </section>
  );
}
