import { QueryClient } from "@tanstack/react-query";
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
