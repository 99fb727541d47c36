import { Plural, Trans } from "@lingui/react/macro";
import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { waitingCountQuery } from "../approvals/queries";
import { formatTime } from "../ui/format";
import classes from "./Home.module.css";

/** What waits for the person. */
export function Waiting() {
  const waiting = useQuery(waitingCountQuery);
  const { count = 0, more, since } = waiting.data ?? {};
  const first = formatTime(since);
  return (
    <section className={classes.part} aria-labelledby="home-waiting">
      <h2 id="home-waiting">
        <Trans>Waiting for you</Trans>
      </h2>
      {waiting.isPending ? (
        <Skeleton height={14} width={200} />
      ) : waiting.isError && !waiting.data ? (
        <p className="faint">
          <Trans>This cannot be read now. Try again in a moment.</Trans>
        </p>
      ) : count === 0 ? (
        <p className="faint">
          <Trans>Nothing. Well done.</Trans>
        </p>
      ) : (
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
      )}
    </section>
  );
}
