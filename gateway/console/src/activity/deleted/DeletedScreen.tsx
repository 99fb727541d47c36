import { Trans, useLingui } from "@lingui/react/macro";
import { IconUserOff } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { asProblem } from "../../api/problem";
import { SearchField } from "../../customers/list/SearchField";
import { idOf } from "../../customers/queries";
import { DataTable, type TableColumn } from "../../ui/DataTable";
import { Empty } from "../../ui/Empty";
import { Failure } from "../../ui/Failure";
import { formatTime } from "../../ui/format";
import screen from "../../ui/Screen.module.css";
import { useActorName } from "../actor";
import { type DeletedCustomer, deletedCustomersQuery } from "../queries";
import { eventCount } from "./count";

const route = getRouteApi("/activity/deleted");

/** Customers who are no longer there, each with what happened to it. */
export function DeletedScreen() {
  const { t } = useLingui();
  const { q = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const found = useInfiniteQuery(deletedCustomersQuery(q));
  const { fetchNextPage } = found;
  const columns = useColumns();
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.deletedCustomers) ?? [], [found.data]);
  const onMore = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);
  const search = useCallback(
    (text: string) => void navigate({ search: text ? { q: text } : {}, replace: true }),
    [navigate],
  );
  return (
    <div className={screen.screen}>
      <header className={screen.head}>
        <h1>
          <Trans>Deleted customers</Trans>
        </h1>
      </header>
      <div className={screen.tools}>
        <SearchField
          value={q}
          onChange={search}
          label={t`Search deleted customers`}
          placeholder={t`Name, number, email, company, ID`}
        />
      </div>
      {found.isError && !found.data ? (
        <Failure problem={asProblem(found.error)} onRetry={() => void found.refetch()} />
      ) : (
        <DataTable
          label={t`Deleted customers`}
          columns={columns}
          visible={{}}
          rows={rows}
          rowId={rowId}
          order=""
          onOrder={() => {}}
          pending={found.isPending}
          behind={found.isPlaceholderData}
          more={found.hasNextPage && !found.isFetchNextPageError}
          onMore={onMore}
        >
          <Empty
            icon={<IconUserOff size={28} stroke={1.5} />}
            title={q ? <Trans>No deleted customers match</Trans> : <Trans>No customer was deleted yet</Trans>}
          >
            {q && (
              <p className="faint">
                <Trans>Where the history was deleted too, only the number is left to search for.</Trans>
              </p>
            )}
          </Empty>
        </DataTable>
      )}
    </div>
  );
}

function rowId(customer: DeletedCustomer): string {
  return idOf(customer.customer);
}

function useColumns(): TableColumn<DeletedCustomer>[] {
  const { t } = useLingui();
  return useMemo(
    () => [
      { id: "name", header: t`Name`, cell: ({ row }) => <Name customer={row.original} />, meta: { width: 200 } },
      { id: "number", header: t`Number`, cell: ({ row }) => row.original.number, meta: { width: 100 } },
      {
        id: "deleted",
        header: t`Deleted`,
        cell: ({ row }) => <time dateTime={row.original.deleteTime}>{formatTime(row.original.deleteTime)}</time>,
        meta: { width: 170 },
      },
      {
        id: "by",
        header: t`Deleted by`,
        cell: ({ row }) => <By customer={row.original} />,
        meta: { width: 180 },
      },
      {
        id: "history",
        header: t`History`,
        cell: ({ row: { original: it } }) =>
          it.historyDeleteTime ? <span className="faint">{t`Deleted`}</span> : t`Kept`,
        meta: { width: 110 },
      },
      {
        id: "entries",
        header: t`Entries`,
        cell: ({ row: { original: it } }) => <span className="figures">{eventCount(it.eventCount)}</span>,
        meta: { width: 90, end: true },
      },
    ],
    [t],
  );
}

function By({ customer: { context } }: { customer: DeletedCustomer }) {
  const actorName = useActorName();
  return <bdi>{actorName(context?.actor ?? "", context?.actorDisplayName)}</bdi>;
}

function Name({ customer: { customer, displayName, number } }: { customer: DeletedCustomer }) {
  return (
    <Link
      to="/activity/deleted/$customer"
      params={{ customer: idOf(customer) }}
      className="plain"
      style={{ fontWeight: 500 }}
    >
      {displayName ? <bdi>{displayName}</bdi> : <Trans>Customer {number}</Trans>}
    </Link>
  );
}
