// Who else has a record open.

import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../api/client";

/** How often it is asked, in milliseconds: whoever opens a record is seen by the others within 2 seconds. */
const LOOK = 1500;

/** The same where no answer came. */
const LOOK_AFTER_FAILURE = 15_000;

/**
 * The other staff who have the record open. Asking says that the person has it open too, so it is asked for as long as the page is seen.
 */
export function othersQuery(customer: string) {
  return queryOptions({
    // not among what is read again when the customer changes
    queryKey: ["presence", customer],
    queryFn: async ({ signal }) => {
      const params = { path: { customer } };
      const { others } = await answer(
        api.POST("/v1/customers/{customer}:announcePresence", { params, body: {}, signal }),
      );
      return others;
    },
    refetchInterval: ({ state }) => (state.status === "error" ? LOOK_AFTER_FAILURE : LOOK),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
}
