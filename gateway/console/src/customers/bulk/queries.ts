// What the console does to many customers at once.

import { queryOptions, useMutation } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../api/client";
import { type ListState, request } from "../list/state";

export type Selection = Schemas["profile.v1.CustomerSelection"];

/** What is done to each. */
export type BulkAction =
  | { kind: "delete"; deleteHistory: boolean }
  | { kind: "addToGroup" | "removeFromGroup"; group: string }
  | { kind: "disable" | "enable"; reason: string };

/** All that a list shows on all of its pages, whatever it is ordered by. */
export function allOf(state: ListState): Selection {
  const { orderBy: _, ...matching } = request(state, new Date());
  return { matching };
}

interface Start {
  selection: Selection;
  action: BulkAction;
  /** Of this one thing that a person asked for. */
  id: string;
}

function send({ selection, action, id }: Start) {
  const options = { params: { header: { "Idempotency-Key": id } } };
  switch (action.kind) {
    case "delete":
      return answer(
        api.POST("/v1/customers:bulkDelete", {
          body: { selection, deleteHistory: action.deleteHistory },
          ...options,
        }),
      );
    case "addToGroup":
      return answer(api.POST("/v1/customers:bulkAddToGroup", { body: { selection, group: action.group }, ...options }));
    case "removeFromGroup":
      return answer(
        api.POST("/v1/customers:bulkRemoveFromGroup", { body: { selection, group: action.group }, ...options }),
      );
    case "disable":
      return answer(api.POST("/v1/customers:bulkDisable", { body: { selection, reason: action.reason }, ...options }));
    case "enable":
      return answer(api.POST("/v1/customers:bulkEnable", { body: { selection, reason: action.reason }, ...options }));
  }
}

/** Starts a bulk operation. */
export function useStartBulk() {
  return useMutation({ mutationFn: send });
}

/** How many customers match now: 0 and estimated where they could not be counted in time. */
export function countQuery({ matching }: Selection) {
  return queryOptions({
    queryKey: ["customers", "bulk", "count", matching],
    queryFn: async ({ signal }) => {
      const query = { ...matching, pageSize: 1 };
      const { customers, totalSize, totalSizeEstimated } = await answer(
        api.GET("/v1/customers", { params: { query }, signal }),
      );
      return { count: totalSize, estimated: totalSizeEstimated || totalSize < customers.length };
    },
    staleTime: 0,
  });
}
