import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { IconDownload, IconPlus, IconUserSearch } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { readAnew } from "../../api/cache";
import { asProblem } from "../../api/problem";
import { groupsQuery } from "../../groups/queries";
import { openDialog } from "../../shell/dialogs";
import { NewOnes } from "../../shell/NewOnes";
import { useMay } from "../../shell/session";
import { DataTable } from "../../ui/DataTable";
import { Empty } from "../../ui/Empty";
import { Failure } from "../../ui/Failure";
import { formatCount } from "../../ui/format";
import screen from "../../ui/Screen.module.css";
import { BulkBar } from "../bulk/BulkBar";
import { useSelected } from "../bulk/selected";
import { FIRST_COLUMNS, isChosen, useColumns } from "../columns";
import { DeleteDialog } from "../DeleteDialog";
import { ExportDialog } from "../export/ExportDialog";
import { type Customer, fullName, idOf, listQuery } from "../queries";
import { ColumnsMenu } from "./ColumnsMenu";
import { Filters } from "./Filters";
import classes from "./List.module.css";
import { SearchField } from "./SearchField";
import type { ListState } from "./state";
import { TimeFrame } from "./TimeFrame";

const route = getRouteApi("/customers");

/** The customers: found, filtered, ordered, and from here opened, edited and deleted. */
export function ListScreen() {
  const { t } = useLingui();
  const may = useMay();
  const { focus, ...state } = route.useSearch();
  const navigate = route.useNavigate();
  const [deleting, setDeleting] = useState<Customer>();
  const client = useQueryClient();
  const list = useInfiniteQuery(listQuery(state));
  const { fetchNextPage } = list;
  const groups = useQuery({ ...groupsQuery, enabled: may("GROUP_READ") });
  const groupNames = useMemo(
    () => new Map(groups.data?.map(({ name = "", displayName = "" }) => [name, displayName])),
    [groups.data],
  );
  const columns = useColumns(groupNames, setDeleting);
  const chosen = state.columns ?? FIRST_COLUMNS;
  const visible = Object.fromEntries(columns.map(({ id = "" }) => [id, !isChosen(id) || chosen.includes(id)]));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.customers) ?? [], [list.data]);
  const first = list.data?.pages[0];
  const total = first && !first.totalSizeEstimated && first.totalSize >= rows.length ? first.totalSize : undefined;

  const change = useCallback(
    (changed: Partial<ListState>) =>
      void navigate({ search: ({ focus: _, ...before }) => clean({ ...before, ...changed }), replace: true }),
    [navigate],
  );
  const onMore = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);
  const { order: _order, columns: _columns, ...question } = state;
  const selected = useSelected(JSON.stringify(question));
  const canChange = may("CUSTOMER_DELETE") || may("GROUP_ASSIGN") || may("CUSTOMER_DISABLE");
  const narrowed = Boolean(state.q || state.filters);

  return (
    <div
      className={`${screen.screen} ${classes.list}`}
      data-selected={selected.all || selected.customers.size > 0 || undefined}
    >
      <header className={screen.head}>
        <h1>
          <Trans>Customers</Trans>
        </h1>
        {first && <Count total={first.totalSize} estimated={first.totalSizeEstimated} />}
        <NewOnes what="customers" onPull={() => void readAnew(client, listQuery(state).queryKey)} />
        {may("CUSTOMER_CREATE") && (
          <Button
            className={classes.new}
            leftSection={<IconPlus size={15} aria-hidden />}
            renderRoot={(props) => <Link {...props} to="/customers/new" />}
          >
            <Trans>New customer</Trans>
          </Button>
        )}
      </header>
      <div className={screen.tools}>
        <SearchField
          value={state.q ?? ""}
          onChange={(q) => change({ q })}
          wanted={focus === "search"}
          onFocused={() => change({})}
        />
        <TimeFrame state={state} onChange={change} />
        <Filters filters={state.filters ?? {}} onChange={(filters) => change({ filters })} />
        <span className={classes.end}>
          {may("CUSTOMER_EXPORT") && (
            <Button
              variant="subtle"
              color="gray"
              leftSection={<IconDownload size={15} aria-hidden />}
              onClick={() => openDialog((close) => <ExportDialog state={state} shown={chosen} onClose={close} />)}
            >
              <Trans>Export</Trans>
            </Button>
          )}
          <ColumnsMenu columns={columns} chosen={chosen} onChange={(next) => change({ columns: next })} />
        </span>
      </div>
      {list.isError && !list.data ? (
        <Failure problem={asProblem(list.error)} onRetry={() => void list.refetch()} />
      ) : (
        <DataTable
          label={t`Customers`}
          columns={columns}
          visible={visible}
          rows={rows}
          rowId={rowId}
          order={state.order ?? "create_time desc"}
          onOrder={(order) => change({ order })}
          pending={list.isPending}
          behind={list.isPlaceholderData}
          more={list.hasNextPage && !list.isFetchNextPageError}
          onMore={onMore}
          {...(total !== undefined && { total })}
          {...(canChange && {
            selection: {
              isSelected: (customer: Customer) => selected.all || selected.customers.has(idOf(customer.name)),
              onSelect: selected.set,
              label: (customer: Customer) => t`Select ${fullName(customer)}`,
            },
          })}
        >
          <Empty
            icon={<IconUserSearch size={28} stroke={1.5} />}
            title={narrowed ? <Trans>No customers match</Trans> : <Trans>No customers in this time</Trans>}
          >
            <p className="faint">
              {narrowed ? (
                <Trans>Search for a shorter part of the name, email or phone number, or remove a filter.</Trans>
              ) : (
                <Trans>The list shows who was created in the time chosen above.</Trans>
              )}
            </p>
            <Button variant="default" onClick={() => change({ q: "", filters: {}, time: "all" })}>
              <Trans>Show all customers</Trans>
            </Button>
          </Empty>
        </DataTable>
      )}
      <BulkBar
        selected={selected}
        state={state}
        total={first && first.totalSize >= rows.length ? first.totalSize : undefined}
        estimated={first?.totalSizeEstimated ?? false}
      />
      <DeleteDialog customer={deleting} onClose={() => setDeleting(undefined)} />
    </div>
  );
}

function rowId(customer: Customer): string {
  return idOf(customer.name);
}

/** How many there are: a number beside the heading, and a sentence for who hears it. */
function Count({ total, estimated }: { total: number; estimated: boolean }) {
  const count = formatCount(total);
  return (
    <>
      <span className="faint figures" aria-hidden>
        {estimated ? <Trans>about {count}</Trans> : count}
      </span>
      <span className="unseen" role="status">
        <Plural value={total} one="# customer" other="# customers" />
      </span>
    </>
  );
}

/** Leaves out what is as at first, so that addresses stay short. */
function clean(state: ListState): ListState {
  const { q, time, from, to, filters, order, columns } = state;
  const custom = time === "custom";
  return {
    ...(q && { q }),
    ...(time && { time }),
    ...(custom && from && { from }),
    ...(custom && to && { to }),
    ...(filters && Object.keys(filters).length > 0 && { filters }),
    ...(order && { order }),
    ...(columns && columns.join() !== FIRST_COLUMNS.join() && { columns }),
  };
}
