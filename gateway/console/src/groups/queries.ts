// Everything that the console asks about groups and who is in them.

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, requestId, type Schemas, traced } from "../api/client";
import { useCustomerChanged } from "../customers/queries";

export type Group = Schemas["group.v1.Group"];
export type Membership = Schemas["group.v1.Membership"];

const keys = {
  all: ["groups"] as const,
  list: ["groups", "list"] as const,
  one: (id: string) => ["groups", "one", id] as const,
};

/** Every group, by name. */
export const groupsQuery = queryOptions({
  queryKey: keys.list,
  queryFn: async ({ signal }) => {
    const groups: Group[] = [];
    let pageToken = "";
    do {
      const page = await answer(api.GET("/v1/groups", { params: { query: { pageSize: 100, pageToken } }, signal }));
      groups.push(...page.groups);
      pageToken = page.nextPageToken;
    } while (pageToken);
    return groups;
  },
  staleTime: 60_000,
});

/** One group as it is now. */
export function groupQuery(id: string) {
  return queryOptions({
    queryKey: keys.one(id),
    queryFn: ({ signal }) => answer(api.GET("/v1/groups/{group}", { params: { path: { group: id } }, signal })),
  });
}

/** Creates, changes and deletes groups, and moves their members. */
export function useGroupActions() {
  const client = useQueryClient();
  const header = () => ({ "Idempotency-Key": requestId() });
  const changed = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.all }),
      // they name their groups
      client.invalidateQueries({ queryKey: ["customers"] }),
      client.invalidateQueries({ queryKey: ["activity"] }),
    ]);
  return {
    create: useMutation({
      mutationFn: ({ body, id }: { body: Group; id: string }) =>
        traced(api.POST("/v1/groups", { body, params: { header: { "Idempotency-Key": id } } })),
      onSuccess: changed,
    }),
    update: useMutation({
      mutationFn: ({ group, fields, etag }: { group: string; fields: Partial<Group>; etag: string }) =>
        traced(
          api.PATCH("/v1/groups/{group}", {
            params: {
              path: { group },
              query: { updateMask: Object.keys(fields).join(",") },
              header: { "If-Match": `"${etag}"`, ...header() },
            },
            body: fields,
          }),
        ),
      onSuccess: changed,
    }),
    remove: useMutation({
      mutationFn: (group: string) =>
        traced(api.DELETE("/v1/groups/{group}", { params: { path: { group }, header: header() } })),
      onSuccess: (_, group) => {
        client.removeQueries({ queryKey: keys.one(group) });
        return changed();
      },
    }),
    /** Moves all members, a hundred at a time, and says after each step how many there are left. */
    move: useMutation({
      mutationFn: async ({ from, to, onStep }: { from: string; to: string; onStep: (left: number) => void }) => {
        for (;;) {
          const { movedCount, remainingCount } = await answer(
            api.POST("/v1/groups/{group}/members:move", {
              params: { path: { group: from } },
              body: { destinationGroup: to },
            }),
          );
          onStep(remainingCount);
          if (remainingCount === 0 || movedCount === 0) return;
        }
      },
      onSettled: changed,
    }),
  };
}

/** Puts customers into groups, takes them out, and says which is the primary one. */
export function useMemberships() {
  const client = useQueryClient();
  const changed = useCustomerChanged();
  const header = () => ({ "Idempotency-Key": requestId() });
  const onSuccess = (_: unknown, { customer }: { customer: string }) =>
    Promise.all([changed(customer), client.invalidateQueries({ queryKey: keys.all })]);
  return {
    join: useMutation({
      mutationFn: ({ customer, group }: { customer: string; group: string }) =>
        traced(
          api.POST("/v1/customers/{customer}/memberships", {
            params: { path: { customer }, header: header() },
            body: { group },
          }),
        ),
      onSuccess,
    }),
    leave: useMutation({
      mutationFn: ({ customer, group }: { customer: string; group: string }) =>
        traced(
          api.DELETE("/v1/customers/{customer}/memberships/{group}", {
            params: { path: { customer, group }, header: header() },
          }),
        ),
      onSuccess,
    }),
    setPrimary: useMutation({
      mutationFn: ({ customer, group }: { customer: string; group: string }) =>
        traced(
          api.POST("/v1/customers/{customer}/memberships/{group}:setPrimary", {
            params: { path: { customer, group }, header: header() },
            body: {},
          }),
        ),
      onSuccess,
    }),
  };
}
