import { Trans } from "@lingui/react/macro";
import { notifications } from "@mantine/notifications";
import { IconCheck, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { asProblem } from "../api/problem";
import { CopyText } from "./CopyText";
import { useProblemText } from "./words";

/** Says that something was done, with the trace in which it was: the same id stands in the customer's activity. */
export function sayDone(message: ReactNode, traceId = ""): void {
  notifications.show({
    color: "indigo",
    icon: <IconCheck size={16} aria-hidden />,
    autoClose: 6000,
    message: (
      <>
        {message}
        {traceId && (
          <div className="faint">
            <Trans>
              Trace <CopyText text={traceId} shown={traceId.slice(0, 8)} />
            </Trans>
          </div>
        )}
      </>
    ),
  });
}

/** Says why something that was asked for was not done. */
export function sayRefused(error: unknown): void {
  notifications.show({
    color: "red",
    icon: <IconX size={16} aria-hidden />,
    autoClose: 12_000,
    message: <Refusal error={error} />,
  });
}

function Refusal({ error }: { error: unknown }) {
  const problem = asProblem(error);
  const inWords = useProblemText();
  return (
    <>
      {inWords(problem)}
      {problem.traceId && (
        <div className="faint">
          <Trans>
            Trace <CopyText text={problem.traceId} shown={problem.traceId.slice(0, 8)} />
          </Trans>
        </div>
      )}
    </>
  );
}
