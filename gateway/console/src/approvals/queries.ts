// Everything that the console asks about customers who wait for approval. What is decided is the account's: account/queries.ts.

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Account } from "../account/queries";
import { answer, api } from "../api/client";
import { asProblem } from "../api/problem";
import { type Customer, idOf } from "../customers/queries";
import type { Membership } from "../groups/queries";

/** Somebody who waits: since when, who it is, and in which groups. */
export interface Waiting {
  id: string;
  since: string;
  account: Account;
  /** Missing where it was deleted since. */
  customer: Customer | undefined;
  memberships: Membership[];
}

/** Customers who wait for approval, those who wait longest first. `group` narrows them down to whom that group asks for. */
export function waitingQuery(group: string) {
  return infiniteQueryOptions({
    queryKey: ["approvals", "list", group],
    queryFn: async ({ signal, pageParam }) => {
      const query = { pageSize: 100, pageToken: pageParam, ...(group && { group: `groups/${group}` }) };
      const { accounts, nextPageToken } = await answer(
        api.GET("/v1/accounts:listWaiting", { params: { query }, signal }),
      );
      const names = accounts.map(({ name }) => `customers/${idOf(name)}`);
      if (names.length === 0) return { waiting: [], nextPageToken };
      const [customers, memberships] = await Promise.all([
        readCustomers(names, signal),
        answer(api.GET("/v1/memberships:batchList", { params: { query: { parents: names } }, signal })),
      ]);
      const waiting: Waiting[] = accounts.map((account) => {
        const id = idOf(account.name);
        return {
          id,
          since: account.waitingSinceTime ?? "",
          account,
          customer: customers.find((it) => idOf(it.name) === id),
          memberships: memberships.memberships.filter((it) => idOf(it.name) === id),
        };
      });
      return { waiting, nextPageToken };
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

/** These customers, without those who are no longer there. */
async function readCustomers(names: string[], signal: AbortSignal): Promise<Customer[]> {
  try {
    return (await answer(api.GET("/v1/customers:batchGet", { params: { query: { names } }, signal }))).customers;
  } catch (error) {
    if (asProblem(error).status !== 404) throw error;
    const path = (name: string) => ({ path: { customer: idOf(name) } });
    const each = names.map((name) => answer(api.GET("/v1/customers/{customer}", { params: path(name), signal })));
    return (await Promise.allSettled(each)).flatMap((it) => (it.status === "fulfilled" ? [it.value] : []));
  }
}

/** How many wait, and since when the first of them: `count` is 100 where there are as many or more. */
export const waitingCountQuery = queryOptions({
  queryKey: ["approvals", "count"],
  queryFn: async ({ signal }) => {
    const query = { pageSize: 100 };
    const { accounts, nextPageToken } = await answer(
      api.GET("/v1/accounts:listWaiting", { params: { query }, signal }),
    );
    return { count: accounts.length, more: nextPageToken !== "", since: accounts[0]?.waitingSinceTime };
  },
  staleTime: 30_000,
  refetchInterval: 60_000,
});
