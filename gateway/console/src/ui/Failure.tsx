import { Trans } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { IconCloudOff, IconLock, IconMoodEmpty, IconPlugConnectedX } from "@tabler/icons-react";
import type { Problem } from "../api/problem";
import { CopyText } from "./CopyText";
import classes from "./Empty.module.css";
import { useProblemText } from "./words";

interface Props {
  problem: Problem;
  onRetry?: () => void;
  /** True where it stands alone on the page. */
  whole?: boolean;
}

/** What stands in the place of something that could not be read: why, and what to do. */
export function Failure({ problem, onRetry, whole = false }: Props) {
  const inWords = useProblemText();
  const { permission } = problem.metadata;
  const Heading = whole ? "h1" : "h2";
  return (
    <div className={whole ? classes.whole : classes.part} role="alert">
      <span className={classes.icon} aria-hidden>
        <Picture problem={problem} />
      </span>
      <Heading>
        <Title problem={problem} />
      </Heading>
      <p className="faint">
        {inWords(problem)}
        {permission && (
          <>
            {" "}
            <Trans>
              This needs the permission <code>{permission}</code>.
            </Trans>
          </>
        )}
      </p>
      {onRetry && problem.status !== 403 && problem.status !== 404 && (
        <Button variant="default" onClick={onRetry}>
          <Trans>Try again</Trans>
        </Button>
      )}
      {problem.traceId && problem.status >= 500 && (
        <p className="faint">
          <Trans>
            Trace <CopyText text={problem.traceId} />
          </Trans>
        </p>
      )}
    </div>
  );
}

function Picture({ problem }: { problem: Problem }) {
  if (problem.status === 0) return <IconCloudOff size={28} stroke={1.5} />;
  if (problem.status === 403) return <IconLock size={28} stroke={1.5} />;
  if (problem.status === 404) return <IconMoodEmpty size={28} stroke={1.5} />;
  return <IconPlugConnectedX size={28} stroke={1.5} />;
}

function Title({ problem }: { problem: Problem }) {
  if (problem.status === 0) return <Trans>No connection</Trans>;
  if (problem.status === 403) return <Trans>Not for your role</Trans>;
  if (problem.status === 404) return <Trans>Not found</Trans>;
  return <Trans>This could not be read</Trans>;
}
