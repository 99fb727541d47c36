// What is done with what happens elsewhere: records follow, lists say how much is new.

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import type { ActivityEvent } from "../activity/queries";
import { isOwn } from "../api/client";
import { watch } from "../api/live";
import { customerChangedElsewhere, groupListsChanged, idOf, isListed } from "../customers/queries";
import { useMay } from "./session";

/** How long events are gathered before what they concern is read again, in milliseconds: now and then, and while many come. */
const GATHER = { calm: 300, busy: 3000 };

/** Most customers whose events are looked at one by one; beyond, only the lists say that there is something new. */
const FEW = 20;

interface News {
  /** Customers who came since the list was read. */
  customers: number;
  /** Events since the timeline was read. */
  events: number;
  /** Who changed which customer last, with the time at which it was heard of. */
  changes: ReadonlyMap<string, { actor: string; actorName: string; at: number }>;
}

let news: News = { customers: 0, events: 0, changes: new Map() };
const listeners = new Set<() => void>();

function set(changed: Partial<News>) {
  news = { ...news, ...changed };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What is new since it was last looked at. */
export function useNews(): News {
  return useSyncExternalStore(subscribe, () => news);
}

/** Says that what is new has been looked at. */
export function seen(what: "customers" | "events"): void {
  if (news[what] > 0) set({ [what]: 0 });
}

/** Follows what others do while the person is signed in. */
export function useLive(): void {
  const client = useQueryClient();
  const may = useMay();
  const follows = may("ACTIVITY_READ");
  useEffect(() => {
    if (!follows) return;
    const since = Date.now();
    let gathered: ActivityEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    let pause = GATHER.calm;
    const flush = () => {
      pause = gathered.length > FEW ? GATHER.busy : GATHER.calm;
      const events = gathered;
      gathered = [];
      timer = undefined;
      take(client, events, since);
    };
    const stop = watch((event) => {
      gathered.push(event);
      timer ??= setTimeout(flush, pause);
    });
    return () => {
      clearTimeout(timer);
      stop();
      set({ customers: 0, events: 0, changes: new Map() });
    };
  }, [client, follows]);
}

function take(client: QueryClient, events: ActivityEvent[], since: number) {
  const about = (noun: string) => events.some(({ type }) => type.startsWith(`${noun}.`));
  // records that are changed here are read again as it is done
  const others = events.filter(({ context }) => !isOwn(context?.traceId ?? ""));
  const changed = new Set(others.filter(({ type }) => !type.startsWith("session.")).map((it) => idOf(it.customer)));
  changed.delete("");

  // a stream may begin with what happened before, which is shown already
  const fresh = others.filter(({ eventTime = "" }) => Date.parse(eventTime) >= since);
  const created = fresh.filter(
    ({ type, customer }) => type === "customer.created" && !isListed(client, idOf(customer)),
  );
  const changes = new Map(news.changes);
  for (const { customer, context, type } of fresh) {
    if (!customer || type === "customer.created" || type.startsWith("session.")) continue;
    const { actor = "", actorDisplayName: actorName = "" } = context ?? {};
    changes.set(idOf(customer), { actor, actorName, at: Date.now() });
  }
  // records that were left long ago need no note
  for (const id of [...changes.keys()].slice(0, -100)) changes.delete(id);
  set({ customers: news.customers + created.length, events: news.events + fresh.length, changes });

  if (changed.size <= FEW) for (const id of changed) void customerChangedElsewhere(client, id);
  if (about("account") || about("membership") || about("customer"))
    void client.invalidateQueries({ queryKey: ["approvals"] });
  if (about("membership")) void groupListsChanged(client);
  if (about("group") || about("membership")) void client.invalidateQueries({ queryKey: ["groups"] });
  if (events.some(({ type }) => type === "customer.deleted" || type === "history.deleted"))
    void client.invalidateQueries({ queryKey: ["activity", "deleted"] });
  if (about("security_question")) void client.invalidateQueries({ queryKey: ["securityQuestions"] });
  if (about("field_policy")) void client.invalidateQueries({ queryKey: ["fieldPolicy"] });
  if (about("role")) void client.invalidateQueries({ queryKey: ["roles"] });
  if (about("staff")) void client.invalidateQueries({ queryKey: ["staff"] });
}
