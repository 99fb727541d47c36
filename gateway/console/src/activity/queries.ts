// Everything that the console asks about what happened.

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";

export type ActivityEvent = Schemas["activity.v1.ActivityEvent"];
export type DeletedCustomer = Schemas["activity.v1.DeletedCustomer"];
export type FieldChange = Schemas["event.v1.FieldChange"];

/** Kinds of events to choose from, and the filter of the API that means them. */
export const KINDS = {
  all: "",
  record: 'type = "customer.*"',
  addresses: 'type = "address.*"',
  groups: 'type = "membership.*"',
  account: '(type = "account.*" OR type = "session.*")',
} as const;
export type Kind = keyof typeof KINDS;

/** What happened to a customer, or to all where none is named, latest first. */
export function eventsQuery(customer: string | undefined, kind: Kind) {
  const filter = KINDS[kind];
  return infiniteQueryOptions({
    queryKey: ["activity", customer ?? "", kind],
    queryFn: ({ signal, pageParam }) => {
      const query = { pageSize: 50, pageToken: pageParam, ...(filter && { filter }) };
      return answer(
        customer
          ? api.GET("/v1/customers/{customer}/events", { params: { path: { customer }, query }, signal })
          : api.GET("/v1/events", { params: { query }, signal }),
      );
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

/** How much happened to a customer. */
export function eventCountQuery(customer: string) {
  return queryOptions({
    queryKey: ["activity", customer, "count"],
    queryFn: async ({ signal }) => {
      const params = { path: { customer }, query: { pageSize: 1, countTotalSize: true } };
      return (await answer(api.GET("/v1/customers/{customer}/events", { params, signal }))).totalSize;
    },
  });
}

/** Customers who were deleted, the last deleted first; those that a search finds. */
export function deletedCustomersQuery(query: string) {
  return infiniteQueryOptions({
    queryKey: ["activity", "deleted", query],
    queryFn: ({ signal, pageParam }) =>
      answer(
        api.GET("/v1/deletedCustomers", {
          params: { query: { pageSize: 100, pageToken: pageParam, ...(query && { query }) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
    placeholderData: keepPreviousData,
  });
}

/** One customer who was deleted. */
export function deletedCustomerQuery(id: string) {
  return queryOptions({
    queryKey: ["activity", "deleted", "one", id],
    queryFn: ({ signal }) =>
      answer(api.GET("/v1/deletedCustomers/{customer}", { params: { path: { customer: id } }, signal })),
    retry: false,
  });
}
