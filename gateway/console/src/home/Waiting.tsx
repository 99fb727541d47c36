import { Plural, Trans } from "@lingui/react/macro";
import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { waitingCountQuery } from "../approvals/queries";
import { failedQuery, type Operation, operationId } from "../operations/queries";
import { OperationProgress, OperationTitle } from "../operations/words";
import { useMay, useSession } from "../shell/session";
import { formatTime } from "../ui/format";
import classes from "./Home.module.css";

/** What waits for the person: customers to decide about, and work of theirs that failed. */
export function Waiting() {
  const may = useMay();
  const { user } = useSession();
  const approvals = useQuery({ ...waitingCountQuery, enabled: may("CUSTOMER_APPROVE") });
  const failed = useQuery(failedQuery(user));
  const waiting = approvals.data?.count ?? 0;
  const failures = failed.data ?? [];
  const unread = (approvals.isError && !approvals.data) || (failed.isError && !failed.data);
  return (
    <section className={classes.part} aria-labelledby="home-waiting">
      <h2 id="home-waiting">
        <Trans>Waiting for you</Trans>
      </h2>
      {(approvals.isLoading || failed.isLoading) && <Skeleton height={14} width={200} />}
      {waiting > 0 && <Approvals {...approvals.data} />}
      {failures.map((operation) => (
        <Failed key={operation.name} operation={operation} />
      ))}
      {unread ? (
        <p className="faint">
          <Trans>This cannot be read now. Try again in a moment.</Trans>
        </p>
      ) : (
        failed.data &&
        !approvals.isLoading &&
        waiting + failures.length === 0 && (
          <p className="faint">
            <Trans>Nothing right now.</Trans>
          </p>
        )
      )}
    </section>
  );
}

function Approvals({ count = 0, more, since }: { count?: number; more?: boolean; since?: string | undefined }) {
  const first = formatTime(since);
  return (
    <p>
      <Link to="/approvals">
        {more ? (
          <Trans>More than {count} customers wait for approval</Trans>
        ) : (
          <Plural value={count} one="# customer waits for approval" other="# customers wait for approval" />
        )}
      </Link>
      {" · "}
      <span className="faint">
        <Trans>the first since {first}</Trans>
      </span>
    </p>
  );
}

function Failed({ operation }: { operation: Operation }) {
  return (
    <p>
      <Link to="/operations/$operation" params={{ operation: operationId(operation) }}>
        <OperationTitle operation={operation} />
      </Link>
      {" · "}
      <span className="faint">
        <OperationProgress operation={operation} /> · {formatTime(operation.metadata?.endTime)}
      </span>
    </p>
  );
}
