import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Progress, SegmentedControl } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { problemOf } from "../api/outcome";
import { asProblem } from "../api/problem";
import { BulkDialog } from "../customers/bulk/BulkDialog";
import type { BulkAction } from "../customers/bulk/queries";
import { idOf } from "../customers/queries";
import { openDialog } from "../shell/dialogs";
import { Failure } from "../ui/Failure";
import { sayRefused } from "../ui/notify";
import { useProblemText } from "../ui/words";
import classes from "./Operations.module.css";
import {
  type BulkResult,
  failedCustomers,
  type Operation,
  operationQuery,
  resultsQuery,
  useCancelOperation,
} from "./queries";
import { countsOf, OperationProgress, OperationTitle } from "./words";

/** How often results are read again while there come more, in milliseconds. */
const LOOK = 2000;

/** Pages of results that are read again so. */
const FOLLOWED_PAGES = 3;

/** What can be done again, by the action of an operation. */
const KINDS: Record<string, BulkAction["kind"]> = {
  delete: "delete",
  delete_with_history: "delete",
  add_to_group: "addToGroup",
  remove_from_group: "removeFromGroup",
  disable: "disable",
  enable: "enable",
};

const route = getRouteApi("/operations/$operation");

/** One piece of long work, and what became of each customer in it. */
export function OperationScreen() {
  const { operation: id } = route.useParams();
  const query = useQuery(operationQuery(id));
  if (query.isError && !query.data) {
    return <Failure whole problem={asProblem(query.error)} onRetry={() => void query.refetch()} />;
  }
  return query.data ? <Shown key={id} id={id} operation={query.data} /> : null;
}

function Shown({ id, operation }: { id: string; operation: Operation }) {
  const { t } = useLingui();
  const navigate = route.useNavigate();
  const cancel = useCancelOperation(id);
  const [shown, setShown] = useState<"all" | "failed">();
  const { done, failed, total } = countsOf(operation);
  const failedOnly = (shown ?? (failed ? "failed" : "all")) === "failed";
  const kind = KINDS[operation.metadata?.action ?? ""];
  const [gathering, setGathering] = useState(false);

  async function tryAgain(kind: BulkAction["kind"]) {
    setGathering(true);
    try {
      const names = await failedCustomers(id);
      openDialog((close) => (
        <BulkDialog
          kind={kind}
          selection={{ names }}
          who={<Trans>Those for whom it failed.</Trans>}
          count={names.length}
          group={operation.metadata?.target ?? ""}
          deleteHistory={operation.metadata?.action === "delete_with_history"}
          onClose={close}
          onStarted={(started) => void navigate({ to: "/operations/$operation", params: { operation: started } })}
        />
      ));
    } catch (error) {
      sayRefused(error);
    } finally {
      setGathering(false);
    }
  }

  return (
    <div className={classes.screen}>
      <header className={classes.head}>
        <h1>
          <OperationTitle operation={operation} />
        </h1>
        {!operation.done && (
          <Button
            variant="default"
            disabled={Boolean(operation.metadata?.cancelRequested)}
            loading={cancel.isPending}
            onClick={() => cancel.mutate(undefined, { onError: sayRefused })}
          >
            <Trans>Stop</Trans>
          </Button>
        )}
        {operation.done && failed > 0 && kind && (
          <Button loading={gathering} onClick={() => void tryAgain(kind)}>
            <Trans>Try those that failed again</Trans>
          </Button>
        )}
      </header>
      <div className={classes.progress}>
        <Progress value={total ? (100 * (done + failed)) / total : 0} aria-label={t`Progress`} mb={6} />
        <span className="faint figures" role="status">
          <OperationProgress operation={operation} />
        </span>
      </div>
      <SegmentedControl
        size="xs"
        value={failedOnly ? "failed" : "all"}
        onChange={(value) => setShown(value === "failed" ? "failed" : "all")}
        data={[
          { value: "all", label: t`All` },
          { value: "failed", label: t`Failed` },
        ]}
      />
      <Results id={id} failedOnly={failedOnly} running={!operation.done} />
    </div>
  );
}

function Results({ id, failedOnly, running }: { id: string; failedOnly: boolean; running: boolean }) {
  const results = useInfiniteQuery({
    ...resultsQuery(id, failedOnly),
    // whoever went far down waits for the end
    refetchInterval: ({ state }) => running && (state.data?.pages.length ?? 0) <= FOLLOWED_PAGES && LOOK,
  });
  const { refetch } = results;
  const was = useRef(running);
  useEffect(() => {
    if (was.current && !running) void refetch();
    was.current = running;
  }, [running, refetch]);
  if (results.isError && !results.data) {
    return <Failure problem={asProblem(results.error)} onRetry={() => void results.refetch()} />;
  }
  const rows = results.data?.pages.flatMap((page) => page.results) ?? [];
  if (!results.isPending && rows.length === 0) {
    return (
      <p className="faint">
        {failedOnly ? <Trans>Nothing failed.</Trans> : <Trans>There is nobody to do it for.</Trans>}
      </p>
    );
  }
  return (
    <>
      <ul className={classes.results}>
        {rows.map((result) => (
          <Result key={result.customer} result={result} />
        ))}
      </ul>
      {results.hasNextPage && (
        <Button variant="default" loading={results.isFetchingNextPage} onClick={() => void results.fetchNextPage()}>
          <Trans>Show more</Trans>
        </Button>
      )}
    </>
  );
}

function Result({ result }: { result: BulkResult }) {
  const { customer, customerDisplayName: name, state, error } = result;
  return (
    <li className={classes.result}>
      <span className={`${classes.who} cut`}>
        {name ? (
          <Link to="/customers/$customer/{-$section}" params={{ customer: idOf(customer), section: undefined }}>
            <bdi>{name}</bdi>
          </Link>
        ) : (
          <span className="faint figures">{idOf(customer)}</span>
        )}
      </span>
      <span className={classes.why}>
        {state === "STATE_DONE" && <Trans>Done</Trans>}
        {state === "STATE_WAITING" && (
          <span className="faint">
            <Trans>Not done</Trans>
          </span>
        )}
        {state === "STATE_FAILED" && <Reason error={error} />}
      </span>
    </li>
  );
}

/** Why it failed, as if it had been asked for alone. */
function Reason({ error }: { error: BulkResult["error"] }) {
  const inWords = useProblemText();
  if (!error) return null;
  const details = (error.details ?? []) as { resourceType?: string }[];
  if (details.some(({ resourceType }) => resourceType === "account")) {
    return <Trans>The customer has no sign-in account.</Trans>;
  }
  return inWords(problemOf(error));
}
