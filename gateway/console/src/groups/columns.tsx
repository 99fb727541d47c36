import { Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { idOf } from "../customers/queries";
import { useMay } from "../shell/session";
import type { TableColumn } from "../ui/DataTable";
import classes from "../ui/Screen.module.css";
import { MemberCount } from "./MemberCount";
import type { Group } from "./queries";

/** The columns of the list of groups. */
export function useGroupColumns(onDelete: (group: Group) => void): TableColumn<Group>[] {
  const { t } = useLingui();
  const may = useMay();
  const manages = may("GROUP_MANAGE");
  return useMemo(() => {
    const columns: TableColumn<Group>[] = [
      {
        id: "name",
        header: t`Name`,
        cell: ({ row }) => (
          <Link
            to="/groups/$group"
            params={{ group: idOf(row.original.name) }}
            className="plain"
            style={{ fontWeight: 500 }}
          >
            <bdi>{row.original.displayName}</bdi>
          </Link>
        ),
        meta: { width: 180, narrow: 136, order: "display_name" },
      },
      {
        id: "description",
        header: t`Description`,
        cell: ({ row }) => <bdi>{row.original.description}</bdi>,
        meta: { width: 280, narrow: 136 },
      },
      {
        id: "approval",
        header: t`Approval`,
        cell: ({ row }) => row.original.approvalRequired && <Trans>Needed</Trans>,
        meta: { width: 100 },
      },
      {
        id: "assignment",
        header: t`Assignment`,
        cell: ({ row }) => row.original.assignmentClosed && <Trans>Closed</Trans>,
        meta: { width: 100 },
      },
      {
        id: "members",
        header: t`Customers`,
        cell: ({ row }) => <MemberCount group={row.original} />,
        meta: { width: 100, order: "member_count", end: true },
      },
    ];
    if (manages) {
      columns.push({
        id: "actions",
        header: "",
        cell: ({ row }) => <Actions group={row.original} onDelete={onDelete} />,
        meta: { width: 88, end: true, label: t`Actions` },
      });
    }
    return columns;
  }, [t, manages, onDelete]);
}

function Actions({ group, onDelete }: { group: Group; onDelete: (group: Group) => void }) {
  const { t } = useLingui();
  const name = group.displayName ?? "";
  return (
    <span className={classes.actions}>
      <Tooltip label={t`Edit`}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t`Edit ${name}`}
          renderRoot={(props) => (
            <Link {...props} to="/groups/$group" params={{ group: idOf(group.name) }} search={{ edit: true }} />
          )}
        >
          <IconPencil size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t`Delete`}>
        <ActionIcon variant="subtle" color="gray" aria-label={t`Delete ${name}`} onClick={() => onDelete(group)}>
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </span>
  );
}
