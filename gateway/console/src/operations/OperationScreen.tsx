import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Progress, SegmentedControl } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { requestId } from "../api/client";
import { asProblem, Problem } from "../api/problem";
import { type BulkAction, useStartBulk } from "../customers/bulk/queries";
import { idOf } from "../customers/queries";
import { Failure } from "../ui/Failure";
import { sayRefused } from "../ui/notify";
import { useProblemText } from "../ui/words";
import { follow } from "./followed";
import classes from "./Operations.module.css";
import {
  type BulkResult,
  failedCustomers,
  type Operation,
  operationId,
  operationQuery,
  resultsQuery,
  useCancelOperation,
} from "./queries";
import { countsOf, OperationProgress, OperationTitle } from "./words";

/** How often results are read again while there come more, in milliseconds. */
const LOOK = 2000;

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
  const start = useStartBulk();
  const [shown, setShown] = useState<"all" | "failed">();
  const { done, failed, total } = countsOf(operation);
  const failedOnly = (shown ?? (failed ? "failed" : "all")) === "failed";
  const again = againOf(operation);
  const [gathering, setGathering] = useState(false);

  async function tryAgain(action: BulkAction) {
    setGathering(true);
    try {
      const names = await failedCustomers(id);
      const started = operationId(await start.mutateAsync({ selection: { names }, action, id: requestId() }));
      follow(started);
      void navigate({ to: "/operations/$operation", params: { operation: started } });
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
        {operation.done && failed > 0 && again && (
          <Button loading={gathering} onClick={() => void tryAgain(again)}>
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

/** What can be done again as it was. */
function againOf({ metadata }: Operation): BulkAction | undefined {
  const group = metadata?.target ?? "";
  switch (metadata?.action) {
    case "delete":
      return { kind: "delete" };
    case "add_to_group":
      return { kind: "addToGroup", group };
    case "remove_from_group":
      return { kind: "removeFromGroup", group };
    case "disable":
      return { kind: "disable", reason: "" };
    case "enable":
      return { kind: "enable", reason: "" };
    default:
      return undefined;
  }
}

function Results({ id, failedOnly, running }: { id: string; failedOnly: boolean; running: boolean }) {
  const results = useInfiniteQuery({ ...resultsQuery(id, failedOnly), refetchInterval: running && LOOK });
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
    return <p className="faint">{failedOnly ? <Trans>Nothing failed.</Trans> : <Trans>Nobody is meant.</Trans>}</p>;
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

interface Detail {
  reason?: string;
  resourceType?: string;
  violations?: { type: string; subject: string; description: string }[];
}

function Reason({ error }: { error: BulkResult["error"] }) {
  const inWords = useProblemText();
  const details = (error?.details ?? []) as Detail[];
  if (details.some(({ resourceType }) => resourceType === "account")) {
    return <Trans>The customer has no sign-in account.</Trans>;
  }
  return inWords(problemOf(error));
}

/** What a service says of one customer, as it would have been refused alone. */
function problemOf(error: BulkResult["error"]): Problem {
  const details = (error?.details ?? []) as Detail[];
  const reason = details.find((it) => it.reason)?.reason ?? "";
  const preconditions = details.flatMap((it) => it.violations ?? []);
  const document = { status: 400, reason, detail: error?.message ?? "", preconditions };
  return new Problem(document);
}
