import { type InfiniteData, QueryClient, type QueryKey } from "@tanstack/react-query";
import { asProblem } from "./problem";

/** How often a read is asked again where no answer came. */
const TRIES = 2;

/** The one cache of everything that was read. */
export function makeClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // what was refused is refused again; what did not answer may answer
        retry: (failures, error) => asProblem(error).isUnanswered && failures < TRIES,
        retryDelay: (failures) => 300 * 2 ** failures,
        staleTime: 5_000,
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

/** Reads a list again from its beginning. Its first rows stay until the new ones are there. */
export async function readAnew(client: QueryClient, queryKey: QueryKey): Promise<void> {
  client.setQueryData<InfiniteData<unknown>>(
    queryKey,
    (list) => list && { pages: list.pages.slice(0, 1), pageParams: list.pageParams.slice(0, 1) },
  );
  await client.invalidateQueries({ queryKey, exact: true });
}
