// Everything that the console asks about customers, and what it changes of them.

import {
  type InfiniteData,
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { answer, api, requestId, type Schemas, traced } from "../api/client";
import type { paths } from "../api/schema";
import type { ExportRequest } from "./export/request";
import { type ListState, request } from "./list/state";

export type Customer = Schemas["profile.v1.Customer"];
export type Overview = Schemas["gateway.v1.CustomerOverview"];
export type NewCustomer = Schemas["profile.v1.CreateCustomerRequest"];
export type Estimate = Schemas["profile.v1.CustomerExportEstimate"];
export type Duplicate = Schemas["profile.v1.DuplicateCustomer"];
export type DuplicatesRequest = NonNullable<paths["/v1/customers:findDuplicates"]["get"]["parameters"]["query"]>;
export type CustomerStatus = NonNullable<Customer["status"]>;

type List = InfiniteData<Schemas["profile.v1.ListCustomersResponse"]>;

const keys = {
  all: ["customers"] as const,
  lists: ["customers", "list"] as const,
  one: (id: string) => ["customers", "one", id] as const,
};

/** Rows asked for at once: the most that the API gives. */
const PAGE = 100;

/** The id in `customers/{id}`, or in the name of something that belongs to a customer. */
export function idOf(name = ""): string {
  return name.split("/")[1] ?? "";
}

/** The name as people say it; where there is none, the company or the email. */
export function fullName({ title, firstName, middleName, lastName, company, email }: Customer): string {
  const named = firstName || lastName;
  return (named && [title, firstName, middleName, lastName].filter(Boolean).join(" ")) || company || email || "…";
}

/** A list, page after page. While the next one loads, the rows of the last one stay. */
export function listQuery(state: ListState) {
  return infiniteQueryOptions({
    queryKey: [...keys.lists, state],
    queryFn: ({ signal, pageParam }) => {
      const query = { ...request(state, new Date()), pageSize: PAGE, pageToken: pageParam };
      return answer(api.GET("/v1/customers", { params: { query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

/** The few customers whom a search finds first. */
export function findQuery(query: string) {
  return queryOptions({
    queryKey: [...keys.lists, "find", query],
    queryFn: ({ signal }) => answer(api.GET("/v1/customers", { params: { query: { query, pageSize: 7 } }, signal })),
    enabled: query !== "",
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

/** Customers who may be the same as the one that is being typed. What changed here since is worth no repeat. */
export function duplicatesQuery(query: DuplicatesRequest) {
  const known = query.email || query.phones?.length || (query.firstName && query.lastName && query.postalCode);
  return queryOptions({
    queryKey: [...keys.lists, "duplicates", query],
    queryFn: ({ signal }) => answer(api.GET("/v1/customers:findDuplicates", { params: { query }, signal })),
    enabled: Boolean(known),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 10_000,
  });
}

/** How much an export would send. */
export function estimateQuery(query: ExportRequest) {
  return queryOptions({
    queryKey: [...keys.lists, "estimate", query],
    queryFn: ({ signal }) => answer(api.GET("/v1/customers:estimateExport", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 10_000,
  });
}

/** The record alone. */
export function customerQuery(id: string) {
  return queryOptions({
    queryKey: keys.one(id),
    queryFn: ({ signal }) =>
      answer(api.GET("/v1/customers/{customer}", { params: { path: { customer: id } }, signal })),
    staleTime: 30_000,
  });
}

/** The record with its addresses, groups, account and latest events, as far as they could be read. */
export function overviewQuery(id: string) {
  return queryOptions({
    queryKey: [...keys.one(id), "overview"],
    queryFn: ({ signal }) =>
      answer(api.GET("/v1/customers/{customer}:overview", { params: { path: { customer: id } }, signal })),
  });
}

/** Says that something of a customer changed: it is read again wherever it is shown. */
export function useCustomerChanged() {
  const client = useQueryClient();
  return (id: string) =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.one(id) }),
      client.invalidateQueries({ queryKey: keys.lists, refetchType: "active" }),
      client.invalidateQueries({ queryKey: ["activity"] }),
    ]);
}

/** Whether a list that was read has this customer. */
export function isListed(client: QueryClient, id: string): boolean {
  const lists = client.getQueriesData<List>({ queryKey: keys.lists });
  return lists.some(([, list]) => has(list, `customers/${id}`));
}

function has(list: List | undefined, name: string): boolean {
  // other things than pages stand under the same key, such as what a search found
  return list?.pages?.some((page) => page.customers.some((it) => it.name === name)) ?? false;
}

/** Reads lists again that show who is in a group: somebody came or left, here or elsewhere. */
export function groupListsChanged(client: QueryClient): Promise<void> {
  return client.invalidateQueries({
    queryKey: keys.lists,
    predicate: ({ queryKey }) => Boolean((queryKey[2] as ListState | undefined)?.filters?.group),
  });
}

/** Reads again what somebody else changed: the record where it is shown, and its row in lists, which keeps its place. */
export async function customerChangedElsewhere(client: QueryClient, id: string): Promise<void> {
  const name = `customers/${id}`;
  const lists = client.getQueriesData<List>({ queryKey: keys.lists }).filter(([, list]) => has(list, name));
  await client.invalidateQueries({ queryKey: keys.one(id) });
  if (lists.length === 0) return;
  // who is gone stays in the list until it is read again, and says so when opened
  const now = await client.fetchQuery({ ...customerQuery(id), staleTime: 0, retry: false }).catch(() => undefined);
  if (!now) return;
  const replaced = (list: List | undefined) =>
    list && {
      ...list,
      pages: list.pages.map((page) => ({
        ...page,
        customers: page.customers.map((it) => (it.name === name ? now : it)),
      })),
    };
  for (const [key] of lists) client.setQueryData<List>(key, replaced);
}

/** Creates a customer with all that belongs to it. The id of the request stays while one form is tried again. */
export function useCreateCustomer() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body, id }: { body: NewCustomer; id: string }) =>
      traced(api.POST("/v1/customers", { body, params: { header: { "Idempotency-Key": id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.lists }),
  });
}

/** Changes the fields that are given, where none of them changed since `etag`. */
export function useUpdateCustomer(id: string) {
  const changed = useCustomerChanged();
  return useMutation({
    mutationFn: ({ fields, etag }: { fields: Partial<Customer>; etag: string }) =>
      traced(
        api.PATCH("/v1/customers/{customer}", {
          params: {
            path: { customer: id },
            query: { updateMask: Object.keys(fields).join(",") },
            header: { "If-Match": `"${etag}"`, "Idempotency-Key": requestId() },
          },
          body: fields,
        }),
      ),
    onSuccess: () => changed(id),
  });
}

/** Writes or takes away one entry of the metadata. */
export function useUpdateMetadata(id: string) {
  const changed = useCustomerChanged();
  return useMutation({
    mutationFn: ({ entry, value, etag }: { entry: string; value: string | null; etag: string }) =>
      traced(
        api.PATCH("/v1/customers/{customer}", {
          params: {
            path: { customer: id },
            query: { updateMask: `metadata.\`${entry.replaceAll("`", "``")}\`` },
            header: { "If-Match": `"${etag}"`, "Idempotency-Key": requestId() },
          },
          body: { metadata: value === null ? {} : { [entry]: value } } as Partial<Customer>,
        }),
      ),
    onSuccess: () => changed(id),
  });
}

/** Deletes a customer everywhere; in history only where that is asked for. */
export function useDeleteCustomer() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, deleteHistory }: { id: string; deleteHistory: boolean }) =>
      traced(
        api.DELETE("/v1/customers/{customer}", {
          params: {
            path: { customer: id },
            query: deleteHistory ? { deleteHistory } : {},
            header: { "Idempotency-Key": requestId() },
          },
        }),
      ),
    onSuccess: (_, { id }) => {
      client.removeQueries({ queryKey: keys.one(id) });
      return client.invalidateQueries({ queryKey: keys.lists });
    },
  });
}
