import { Trans, useLingui } from "@lingui/react/macro";
import { Button, NativeSelect, Skeleton } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { readAnew } from "../api/cache";
import { asProblem } from "../api/problem";
import { NewOnes } from "../shell/NewOnes";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { formatLongDay } from "../ui/format";
import { EventRow } from "./EventRow";
import { type ActivityEvent, eventsQuery, type Kind } from "./queries";
import classes from "./Timeline.module.css";

/** What happened, day by day, latest first: to one customer, or to all where none is named. */
export function Timeline({ customer }: { customer?: string }) {
  const { t } = useLingui();
  const [kind, setKind] = useState<Kind>("all");
  const client = useQueryClient();
  const list = useInfiniteQuery(eventsQuery(customer, kind));
  const events = list.data?.pages.flatMap((page) => page.events) ?? [];
  const kinds: Record<Kind, string> = {
    all: t`Everything`,
    record: t`The record`,
    addresses: t`Addresses`,
    groups: t`Groups`,
    account: t`Sign-in and account`,
  };
  return (
    <div className={classes.timeline}>
      {!customer && (
        <NewOnes what="events" onPull={() => void readAnew(client, eventsQuery(customer, kind).queryKey)} />
      )}
      <NativeSelect
        className={classes.kind}
        aria-label={t`Kind`}
        value={kind}
        onChange={(event) => setKind(event.currentTarget.value as Kind)}
        data={Object.entries(kinds).map(([value, label]) => ({ value, label }))}
      />
      {list.isPending &&
        [1, 2, 3, 4].map((line) => <Skeleton key={line} height={12} my={16} width={`${70 - line * 8}%`} />)}
      {list.isError && !list.data && <Failure problem={asProblem(list.error)} onRetry={() => void list.refetch()} />}
      {list.isSuccess && events.length === 0 && (
        <Empty icon={<IconHistory size={28} stroke={1.5} />} title={<Trans>Nothing of this kind happened yet</Trans>} />
      )}
      {byDay(events).map(([day, those]) => (
        <section key={day}>
          <h2 className={classes.day}>{formatLongDay(day)}</h2>
          <ol className={classes.events}>
            {those.map((event) => (
              <EventRow key={event.name} event={event} ofOne={customer !== undefined} />
            ))}
          </ol>
        </section>
      ))}
      {list.hasNextPage && (
        <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          <Trans>Earlier</Trans>
        </Button>
      )}
    </div>
  );
}

/** The events of each day in the operator's time zone, by the time of the day's latest. */
function byDay(events: ActivityEvent[]): [string, ActivityEvent[]][] {
  const days = new Map<string, ActivityEvent[]>();
  for (const event of events) {
    const day = new Date(event.eventTime ?? 0).toDateString();
    const known = days.get(day);
    if (known) known.push(event);
    else days.set(day, [event]);
  }
  return [...days.values()].map((those) => [those[0]?.eventTime ?? "", those]);
}
