// What the console does to many customers at once.

import { queryOptions, useMutation } from "@tanstack/react-query";
import { answer, api, requestId, type Schemas } from "../../api/client";
import { type ListState, request } from "../list/state";

export type Selection = Schemas["profile.v1.CustomerSelection"];

/** What is done to each. */
export type BulkAction =
  | { kind: "delete" }
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

function send({ selection, action, id }: Start, validateOnly: boolean, signal: AbortSignal | null = null) {
  const common = { selection, validateOnly };
  const options = { params: { header: { "Idempotency-Key": id } }, signal };
  switch (action.kind) {
    case "delete":
      return answer(api.POST("/v1/customers:bulkDelete", { body: common, ...options }));
    case "addToGroup":
      return answer(api.POST("/v1/customers:bulkAddToGroup", { body: { ...common, group: action.group }, ...options }));
    case "removeFromGroup":
      return answer(
        api.POST("/v1/customers:bulkRemoveFromGroup", { body: { ...common, group: action.group }, ...options }),
      );
    case "disable":
      return answer(api.POST("/v1/customers:bulkDisable", { body: { ...common, reason: action.reason }, ...options }));
    case "enable":
      return answer(api.POST("/v1/customers:bulkEnable", { body: { ...common, reason: action.reason }, ...options }));
  }
}

/** Starts a bulk operation. */
export function useStartBulk() {
  return useMutation({ mutationFn: (start: Start) => send(start, false) });
}

/** How many customers a deletion would be about. Nothing is done. */
export function countQuery(selection: Selection) {
  return queryOptions({
    queryKey: ["customers", "bulk", "count", selection],
    queryFn: async ({ signal }) => {
      const start: Start = { selection, action: { kind: "delete" }, id: requestId() };
      const { response, metadata } = await send(start, true, signal);
      const { customerCountEstimated } = (response ?? {}) as { customerCountEstimated?: boolean };
      return { count: Number(metadata?.totalCount ?? 0), estimated: customerCountEstimated === true };
    },
    staleTime: 0,
  });
}
