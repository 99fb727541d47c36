// What the home screen asks, beside what other nouns do.

import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { dayStarts } from "./days";

/** How many customers were created on each of the last days, by the operator's calendar: the first day first. */
export function newCustomersQuery(days: number) {
  return queryOptions({
    queryKey: ["customers", "list", "perDay", days, new Date().toDateString()],
    queryFn: async ({ signal }) => {
      const starts = dayStarts(new Date(), days);
      const times = starts.map((it) => it.toISOString());
      const { counts } = await answer(api.GET("/v1/customers:count", { params: { query: { times } }, signal }));
      return counts.map((count, place) => ({ day: starts[place] as Date, count }));
    },
    staleTime: 60_000,
  });
}
