import { Trans, useLingui } from "@lingui/react/macro";
import { Button, TextInput } from "@mantine/core";
import { IconPlus, IconSearch, IconUsersGroup } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { asProblem } from "../api/problem";
import { useKeys } from "../shell/keyboard";
import { useMay } from "../shell/session";
import { DataTable } from "../ui/DataTable";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { compare, formatCount } from "../ui/format";
import classes from "../ui/Screen.module.css";
import { useGroupColumns } from "./columns";
import { DeleteGroupDialog } from "./DeleteGroupDialog";
import { NewGroupDialog } from "./NewGroupDialog";
import { type Group, groupsQuery } from "./queries";

const route = getRouteApi("/groups");

/** The groups: found by name, ordered, and from here opened, edited and deleted. */
export function GroupsScreen() {
  const { t } = useLingui();
  const may = useMay();
  const { q = "", order = "display_name" } = route.useSearch();
  const navigate = route.useNavigate();
  const groups = useQuery(groupsQuery);
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<Group>();
  const columns = useGroupColumns(setDeleting);
  const manages = may("GROUP_MANAGE");
  useKeys(manages ? { n: () => setAdding(true) } : {});
  const rows = useMemo(() => sorted(found(groups.data ?? [], q), order), [groups.data, q, order]);
  const search = (changed: { q?: string; order?: string }) =>
    void navigate({ search: (before) => clean({ ...before, ...changed }), replace: true });

  return (
    <div className={classes.screen}>
      <header className={classes.head}>
        <h1>
          <Trans>Groups</Trans>
        </h1>
        {groups.data && <span className="faint figures">{formatCount(groups.data.length)}</span>}
        {manages && (
          <span className={classes.buttons}>
            <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setAdding(true)}>
              <Trans>New group</Trans>
            </Button>
          </span>
        )}
      </header>
      <div className={classes.tools}>
        <TextInput
          className={classes.search}
          type="search"
          role="searchbox"
          aria-label={t`Search groups`}
          placeholder={t`Name or description`}
          maxLength={100}
          value={q}
          onChange={(event) => search({ q: event.currentTarget.value })}
          leftSection={<IconSearch size={15} aria-hidden />}
        />
      </div>
      {groups.isError && !groups.data ? (
        <Failure problem={asProblem(groups.error)} onRetry={() => void groups.refetch()} />
      ) : (
        <DataTable
          label={t`Groups`}
          columns={columns}
          visible={{}}
          rows={rows}
          rowId={rowId}
          order={order}
          onOrder={(next) => search({ order: next })}
          pending={groups.isPending}
          behind={false}
          more={false}
          onMore={nothing}
          total={rows.length}
        >
          <Empty
            icon={<IconUsersGroup size={28} stroke={1.5} />}
            title={q ? <Trans>No groups match</Trans> : <Trans>No groups yet</Trans>}
          >
            <p className="faint">
              {q ? (
                <Trans>Search for a shorter part of its name or description.</Trans>
              ) : (
                <Trans>Groups say what customers have in common, such as wholesale or staff.</Trans>
              )}
            </p>
          </Empty>
        </DataTable>
      )}
      <NewGroupDialog opened={adding} onClose={() => setAdding(false)} />
      <DeleteGroupDialog group={deleting} onClose={() => setDeleting(undefined)} />
    </div>
  );
}

function rowId({ name = "" }: Group): string {
  return name;
}

function nothing() {}

function found(groups: Group[], q: string): Group[] {
  const wanted = q.trim().toLocaleLowerCase();
  return groups.filter(({ displayName = "", description = "" }) =>
    `${displayName}\n${description}`.toLocaleLowerCase().includes(wanted),
  );
}

function sorted(groups: Group[], order: string): Group[] {
  const [field, descending] = order.split(" ");
  const by =
    field === "member_count"
      ? (left: Group, right: Group) => (left.memberCount ?? 0) - (right.memberCount ?? 0)
      : (left: Group, right: Group) => compare(left.displayName ?? "", right.displayName ?? "");
  return groups.toSorted((left, right) => (descending ? -by(left, right) : by(left, right)));
}

function clean({ q, order }: { q?: string; order?: string }) {
  return { ...(q && { q }), ...(order && order !== "display_name" && { order }) };
}
