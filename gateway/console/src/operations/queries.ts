// Everything that the console asks about operations: work that takes longer than a request.

import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";

export type Operation = Schemas["operation.v1.Operation"];
export type BulkResult = Schemas["profile.v1.BulkResult"];

/** How often one that is under way is read again, in milliseconds. */
const LOOK = 1000;

/** The code of an operation that somebody ended before its end. */
export const CANCELLED = 1;

const keys = {
  one: (id: string) => ["operations", "one", id] as const,
  running: (user: string) => ["operations", "running", user] as const,
  failed: (user: string) => ["operations", "failed", user] as const,
  results: (id: string) => ["operations", "results", id] as const,
};

/** The id in `operations/{id}`. */
export function operationId({ name = "" }: { name?: string }): string {
  return name.split("/")[1] ?? "";
}

/** An operation, read again until it is done. */
export function operationQuery(id: string) {
  return queryOptions({
    queryKey: keys.one(id),
    queryFn: ({ signal }) =>
      answer(api.GET("/v1/operations/{operation}", { params: { path: { operation: id } }, signal })),
    refetchInterval: ({ state }) => (state.data?.done || state.error ? false : LOOK),
    staleTime: LOOK,
  });
}

/** The bulk operations that somebody started, here or in another window, and that are not done. */
export function runningQuery(user: string) {
  return queryOptions({
    queryKey: keys.running(user),
    queryFn: async ({ signal }) => {
      const query = { filter: 'kind = "bulk" AND done = false', pageSize: 100 };
      const { operations } = await answer(api.GET("/v1/operations", { params: { query }, signal }));
      return operations.filter(({ metadata }) => metadata?.startedBy === user).map(operationId);
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Days for which it is said that something failed. */
const REMEMBERED = 7;

/** The bulk operations of somebody that failed of late, in whole or for some customers, the last first. */
export function failedQuery(user: string) {
  return queryOptions({
    queryKey: keys.failed(user),
    queryFn: async ({ signal }) => {
      const query = { filter: 'kind = "bulk" AND done = true', pageSize: 20 };
      const { operations } = await answer(api.GET("/v1/operations", { params: { query }, signal }));
      const since = new Date(Date.now() - REMEMBERED * 86_400_000).toISOString();
      const failed = ({ error, metadata }: Operation) =>
        Number(metadata?.failedCount ?? 0) > 0 || (error && error.code !== CANCELLED);
      return operations.filter(
        (it) => it.metadata?.startedBy === user && (it.metadata.endTime ?? "") > since && failed(it),
      );
    },
  });
}

/** What became of each customer, page after page. */
export function resultsQuery(id: string, failedOnly: boolean) {
  return infiniteQueryOptions({
    queryKey: [...keys.results(id), failedOnly],
    queryFn: ({ signal, pageParam }) => resultsPage(id, failedOnly, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

function resultsPage(id: string, failedOnly: boolean, pageToken: string, signal?: AbortSignal) {
  const query = { pageSize: 100, pageToken, failedOnly };
  const params = { path: { operation: id }, query };
  return answer(api.GET("/v1/operations/{operation}/results", { params, ...(signal && { signal }) }));
}

/** The names of those that failed: at most as many as one selection takes. */
export async function failedCustomers(id: string): Promise<string[]> {
  const names: string[] = [];
  let pageToken = "";
  do {
    const page = await resultsPage(id, true, pageToken);
    names.push(...page.results.map(({ customer }) => customer));
    pageToken = page.nextPageToken;
  } while (pageToken && names.length < 10_000);
  return names;
}

/** Has an operation end soon. */
export function useCancelOperation(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      answer(api.POST("/v1/operations/{operation}:cancel", { params: { path: { operation: id } }, body: {} })),
    onSuccess: (operation) => client.setQueryData(operationQuery(id).queryKey, operation),
  });
}
