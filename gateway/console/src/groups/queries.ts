// Everything that the console asks about groups and who is in them.

import { queryOptions, useMutation } from "@tanstack/react-query";
import { answer, api, requestId, type Schemas, traced } from "../api/client";
import { useCustomerChanged } from "../customers/queries";

export type Group = Schemas["group.v1.Group"];
export type Membership = Schemas["group.v1.Membership"];

/** Every group, by name. */
export const groupsQuery = queryOptions({
  queryKey: ["groups"],
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

/** Puts a customer into groups, takes them out, and says which is the primary one. */
export function useMemberships(customer: string) {
  const changed = useCustomerChanged();
  const header = () => ({ "Idempotency-Key": requestId() });
  const onSuccess = () => changed(customer);
  return {
    join: useMutation({
      mutationFn: (group: string) =>
        traced(
          api.POST("/v1/customers/{customer}/memberships", {
            params: { path: { customer }, header: header() },
            body: { group },
          }),
        ),
      onSuccess,
    }),
    leave: useMutation({
      mutationFn: (group: string) =>
        traced(
          api.DELETE("/v1/customers/{customer}/memberships/{group}", {
            params: { path: { customer, group }, header: header() },
          }),
        ),
      onSuccess,
    }),
    setPrimary: useMutation({
      mutationFn: (group: string) =>
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
