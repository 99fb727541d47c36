import { Trans } from "@lingui/react/macro";
import { Alert, Button, Kbd } from "@mantine/core";
import type { ReactNode } from "react";
import type { Problem } from "../api/problem";
import { CopyText } from "./CopyText";
import classes from "./EditBar.module.css";
import { useProblemText } from "./words";

interface Props {
  busy: boolean;
  dirty: boolean;
  problem: Problem | undefined;
  onCancel: () => void;
  /** What the button says that saves. */
  save?: ReactNode;
}

/** Saves or leaves what is being edited, and says why it was not saved. Within a form. */
export function EditBar({ busy, dirty, problem, onCancel, save }: Props) {
  const inWords = useProblemText();
  return (
    <div className={classes.bar}>
      {problem && (
        <Alert color="red" variant="light" role="alert" className={classes.problem}>
          {inWords(problem)}
          {problem.traceId && problem.status >= 500 && (
            <div>
              <Trans>
                Trace <CopyText text={problem.traceId} />
              </Trans>
            </div>
          )}
        </Alert>
      )}
      <Button type="submit" loading={busy} disabled={!dirty} rightSection={<Kbd size="xs">Ctrl ↵</Kbd>}>
        {save ?? <Trans>Save</Trans>}
      </Button>
      <Button variant="default" onClick={onCancel} disabled={busy}>
        <Trans>Cancel</Trans>
      </Button>
    </div>
  );
}
