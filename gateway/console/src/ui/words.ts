import { useLingui } from "@lingui/react/macro";
import type { Problem } from "../api/problem";
import { ruleText, violationText } from "./violations";

/** Says what went wrong to a person, and what to do about it. */
export function useProblemText(): (problem: Problem) => string {
  const { t } = useLingui();
  return (problem) => {
    switch (problem.reason) {
      case "UNREACHABLE":
        return t`Patron cannot be reached. Check your connection and try again.`;
      case "INVALID_FIELD":
        return (
          problem.violations.map((it) => violationText(it.description)).join(" ") ||
          t`Something in this is not as it should be.`
        );
      case "CREDENTIALS_MISSING":
      case "CREDENTIALS_INVALID":
        return t`You are not signed in. Sign in and try again.`;
      case "PERMISSION_MISSING":
        return t`Your role does not allow this. Ask an administrator.`;
      case "STEP_UP_REQUIRED":
        return t`This needs your password once more. Nothing was changed.`;
      case "RESOURCE_NOT_FOUND":
        return t`It is not there: it was deleted, or you may not see it.`;
      case "VALUE_TAKEN":
        return t`Somebody else has this already.`;
      case "CHANGED_SINCE_ETAG":
        return t`Somebody changed it in the meantime. Look at it again and repeat.`;
      case "STATE_FORBIDS":
        return problem.preconditions.map(ruleText).join(" ") || problem.message;
      case "LIMIT_REACHED":
        return problem.retryAfter
          ? t`Too much at once. Try again in ${problem.retryAfter} s.`
          : t`Too much at once. Wait a moment and try again.`;
      case "DEADLINE_PASSED":
        return t`It took too long. Try again.`;
      case "UNAVAILABLE":
        return t`A part of Patron does not answer. Try again in a moment.`;
      default:
        return t`Something went wrong on our side. Try again; if it stays, report the trace ID.`;
    }
  };
}
