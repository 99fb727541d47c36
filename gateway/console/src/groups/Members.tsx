import { Trans, useLingui } from "@lingui/react/macro";
import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch, IconUsers } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { asProblem } from "../api/problem";
import { CustomerSelect } from "../customers/CustomerSelect";
import { useColumns } from "../customers/columns";
import { type Customer, fullName, idOf, listQuery } from "../customers/queries";
import { useMay } from "../shell/session";
import { DataTable, type TableColumn } from "../ui/DataTable";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { sayDone, sayRefused } from "../ui/notify";
import screen from "../ui/Screen.module.css";
import classes from "./Groups.module.css";
import { type Group, useMemberships } from "./queries";

/** Columns of the list of customers that are shown here too. */
const SHOWN = ["name", "email", "phone", "company", "status", "created"];

/** Who is in a group: found, put into it, taken out. */
export function Members({ id, group }: { id: string; group: Group }) {
  const { t } = useLingui();
  const may = useMay();
  const assigns = may("GROUP_ASSIGN");
  const [q, setQ] = useState("");
  const [rested] = useDebouncedValue(q.trim(), 150);
  const [order, setOrder] = useState("");
  const list = useInfiniteQuery(
    listQuery({ time: "all", filters: { group: [id] }, ...(rested && { q: rested }), ...(order && { order }) }),
  );
  const { fetchNextPage } = list;
  const onMore = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.customers) ?? [], [list.data]);
  const columns = useMemberColumns(id, group.displayName ?? "", assigns);
  const { join } = useMemberships();
  const name = group.displayName ?? "";

  return (
    <div className={classes.members}>
      <div className={screen.tools}>
        <TextInput
          className={screen.search}
          type="search"
          role="searchbox"
          aria-label={t`Search in this group`}
          placeholder={t`Name, email, phone, company, ID`}
          maxLength={200}
          value={q}
          onChange={(event) => setQ(event.currentTarget.value)}
          leftSection={<IconSearch size={15} aria-hidden />}
        />
        {assigns && !group.assignmentClosed && (
          <CustomerSelect
            className={classes.add}
            label={t`Add a customer`}
            disabled={join.isPending}
            onChosen={(customer) =>
              join.mutate(
                { customer: idOf(customer.name), group: group.name ?? "" },
                {
                  onSuccess: ({ traceId }) => {
                    const who = fullName(customer);
                    sayDone(
                      <Trans>
                        {who} is in {name} now.
                      </Trans>,
                      traceId,
                    );
                  },
                  onError: sayRefused,
                },
              )
            }
          />
        )}
      </div>
      {list.isError && !list.data ? (
        <Failure problem={asProblem(list.error)} onRetry={() => void list.refetch()} />
      ) : (
        <DataTable
          label={t`Customers in this group`}
          columns={columns}
          visible={{}}
          rows={rows}
          rowId={rowId}
          order={order || "create_time desc"}
          onOrder={setOrder}
          pending={list.isPending}
          behind={list.isPlaceholderData}
          more={list.hasNextPage && !list.isFetchNextPageError}
          onMore={onMore}
        >
          <Empty
            icon={<IconUsers size={28} stroke={1.5} />}
            title={rested ? <Trans>No customers match</Trans> : <Trans>No customer is in this group</Trans>}
          >
            {!rested && assigns && !group.assignmentClosed && (
              <p className="faint">
                <Trans>Find a customer above to add.</Trans>
              </p>
            )}
          </Empty>
        </DataTable>
      )}
    </div>
  );
}

function rowId({ name = "" }: Customer): string {
  return name;
}

const NO_NAMES: ReadonlyMap<string, string> = new Map();
const never = () => {};

function useMemberColumns(group: string, name: string, assigns: boolean): TableColumn<Customer>[] {
  const { t } = useLingui();
  const all = useColumns(NO_NAMES, never);
  return useMemo(() => {
    const columns = all.filter(({ id = "" }) => SHOWN.includes(id));
    if (!assigns) return columns;
    return [
      ...columns,
      {
        id: "leave",
        header: "",
        cell: ({ row }) => <TakeOut customer={row.original} group={group} groupName={name} />,
        meta: { width: 104, end: true, label: t`Actions` },
      },
    ];
  }, [all, t, assigns, group, name]);
}

function TakeOut({ customer, group, groupName }: { customer: Customer; group: string; groupName: string }) {
  const { t } = useLingui();
  const { leave } = useMemberships();
  const name = fullName(customer);
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-xs"
      aria-label={t`Remove ${name}`}
      loading={leave.isPending}
      onClick={() =>
        leave.mutate(
          { customer: idOf(customer.name), group },
          {
            onSuccess: ({ traceId }) =>
              sayDone(
                <Trans>
                  {name} is no longer in {groupName}.
                </Trans>,
                traceId,
              ),
            onError: sayRefused,
          },
        )
      }
    >
      <Trans>Remove</Trans>
    </Button>
  );
}
