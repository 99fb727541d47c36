import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Button, NativeSelect } from "@mantine/core";
import { IconUserCheck } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { DecisionDialog } from "../account/DecisionDialog";
import type { Decision } from "../account/queries";
import { asProblem } from "../api/problem";
import { fullName, idOf } from "../customers/queries";
import { groupsQuery } from "../groups/queries";
import { openDialog } from "../shell/dialogs";
import { DataTable } from "../ui/DataTable";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { formatCount } from "../ui/format";
import screen from "../ui/Screen.module.css";
import classes from "./Approvals.module.css";
import { useApprovalColumns } from "./columns";
import { type Waiting, waitingQuery } from "./queries";

const route = getRouteApi("/approvals");

/** Customers who wait until somebody approves them: decided about one by one, or several at once. */
export function ApprovalsScreen() {
  const { t } = useLingui();
  const { group = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(waitingQuery(group));
  const { fetchNextPage } = list;
  const groups = useQuery(groupsQuery);
  const asking = (groups.data ?? []).filter((it) => it.approvalRequired);
  const rows = useMemo(
    () => list.data?.pages.flatMap((page) => page.waiting).filter((it) => it.customer) ?? [],
    [list.data],
  );
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const selected = useMemo(() => rows.filter(({ id }) => chosen.has(id)), [rows, chosen]);
  const onMore = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);

  const decide = useCallback((decision: Decision, whom: Waiting[]) => {
    const customers = whom.map(({ id, customer }) => ({ id, name: customer ? fullName(customer) : "" }));
    openDialog((close) => (
      <DecisionDialog
        decision={decision}
        customers={customers}
        onClose={close}
        onDecided={(ids) => setChosen((before) => new Set([...before].filter((id) => !ids.includes(id))))}
      />
    ));
  }, []);
  const columns = useApprovalColumns(rows, chosen, setChosen, decide);

  return (
    <div className={screen.screen}>
      <header className={screen.head}>
        <h1>
          <Trans>Approvals</Trans>
        </h1>
        {list.data && (
          <span className="faint figures">
            {formatCount(rows.length)}
            {list.hasNextPage && "+"}
          </span>
        )}
      </header>
      <div className={screen.tools}>
        {selected.length > 0 ? (
          <section className={classes.chosen} aria-label={t`What to do with those selected`}>
            <span role="status">
              <Plural value={selected.length} one="# selected" other="# selected" />
            </span>
            <Button onClick={() => decide("approve", selected)}>
              <Trans>Approve</Trans>
            </Button>
            <Button variant="default" onClick={() => decide("decline", selected)}>
              <Trans>Decline</Trans>
            </Button>
            <Button variant="subtle" color="gray" onClick={() => setChosen(new Set())}>
              <Trans>Select none</Trans>
            </Button>
          </section>
        ) : (
          <NativeSelect
            aria-label={t`Group`}
            value={group}
            onChange={(event) => {
              const to = event.currentTarget.value;
              void navigate({ search: to ? { group: to } : {}, replace: true });
            }}
            data={[
              { value: "", label: t`All groups` },
              ...asking.map((it) => ({ value: idOf(it.name), label: it.displayName ?? "" })),
            ]}
          />
        )}
      </div>
      {list.isError && !list.data ? (
        <Failure problem={asProblem(list.error)} onRetry={() => void list.refetch()} />
      ) : (
        <DataTable
          label={t`Customers who wait for approval`}
          columns={columns}
          visible={{}}
          rows={rows}
          rowId={rowId}
          order=""
          onOrder={nothing}
          pending={list.isPending}
          behind={false}
          more={list.hasNextPage && !list.isFetchNextPageError}
          onMore={onMore}
        >
          <Empty icon={<IconUserCheck size={28} stroke={1.5} />} title={<Trans>Nobody waits for approval</Trans>}>
            <p className="faint">
              <Trans>Customers wait here once they are added to a group that needs approval.</Trans>
            </p>
          </Empty>
        </DataTable>
      )}
    </div>
  );
}

function rowId({ id }: Waiting): string {
  return id;
}

function nothing() {}
