import { useLingui } from "@lingui/react/macro";
import { camelCase, type Problem } from "../api/problem";

/** What is wrong with one field: its path in the request, such as `addresses[0].city`, and words for a person. */
export interface Wrong {
  path: string;
  text: string;
}

/** Says of every field that a call was refused for what is wrong with it. Nothing where it was refused for something else. */
export function useViolations(): (problem: Problem) => Wrong[] {
  const { t } = useLingui();
  const known: Record<string, string> = {
    "is needed": t`Fill this in.`,
  };
  return (problem) => {
    const { field } = problem.metadata;
    if (problem.reason === "VALUE_TAKEN" && field) {
      return [{ path: camelCase(field), text: t`Somebody else has this already.` }];
    }
    return problem.violations.map((it) => ({
      path: it.field,
      text: known[it.description] ?? sentence(it.description),
    }));
  };
}

/** A service's words about a field, as a sentence of their own. */
function sentence(words: string): string {
  const text = words.trim();
  return text && `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
