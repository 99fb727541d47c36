import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Checkbox } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Decision } from "../account/queries";
import { useActorName } from "../activity/actor";
import { fullName } from "../customers/queries";
import { groupsQuery } from "../groups/queries";
import type { TableColumn } from "../ui/DataTable";
import { formatTime } from "../ui/format";
import screen from "../ui/Screen.module.css";
import type { Waiting } from "./queries";

type Chosen = ReadonlySet<string>;

/** The columns of those who wait. Who is chosen is kept by the screen. */
export function useApprovalColumns(
  rows: Waiting[],
  chosen: Chosen,
  onChosen: (chosen: Chosen) => void,
  decide: (decision: Decision, whom: Waiting[]) => void,
): TableColumn<Waiting>[] {
  const { t } = useLingui();
  return useMemo(() => {
    const every = rows.length > 0 && rows.every(({ id }) => chosen.has(id));
    const toggle = (id: string) => {
      const next = new Set(chosen);
      if (!next.delete(id)) next.add(id);
      onChosen(next);
    };
    return [
      {
        id: "chosen",
        header: () => (
          <Checkbox
            size="xs"
            aria-label={t`Select all`}
            checked={every}
            indeterminate={chosen.size > 0 && !every}
            onChange={() => onChosen(every ? new Set() : new Set(rows.map(({ id }) => id)))}
          />
        ),
        cell: ({ row }) => {
          const name = nameOf(row.original);
          return (
            <Checkbox
              size="xs"
              aria-label={t`Select ${name}`}
              checked={chosen.has(row.original.id)}
              onChange={() => toggle(row.original.id)}
            />
          );
        },
        meta: { width: 52 },
      },
      {
        id: "name",
        header: t`Name`,
        cell: ({ row }) => (
          <Link
            to="/customers/$customer/{-$section}"
            params={{ customer: row.original.id, section: undefined }}
            className="plain"
            style={{ fontWeight: 500 }}
          >
            <bdi>{nameOf(row.original)}</bdi>
          </Link>
        ),
        meta: { width: 180 },
      },
      {
        id: "email",
        header: t`Email`,
        cell: ({ row }) => <bdi>{row.original.customer?.email}</bdi>,
        meta: { width: 176 },
      },
      {
        id: "company",
        header: t`Company`,
        cell: ({ row }) => <bdi>{row.original.customer?.company}</bdi>,
        meta: { width: 140 },
      },
      {
        id: "groups",
        header: t`Group`,
        cell: ({ row }) => <Asking waiting={row.original} />,
        meta: { width: 200 },
      },
      {
        id: "since",
        header: t`Waiting since`,
        cell: ({ row }) => <time dateTime={row.original.since}>{formatTime(row.original.since)}</time>,
        meta: { width: 184 },
      },
      {
        id: "decide",
        header: "",
        cell: ({ row }) => {
          const name = nameOf(row.original);
          return (
            <span className={screen.actions}>
              <Button
                variant="subtle"
                size="compact-xs"
                aria-label={t`Approve ${name}`}
                onClick={() => decide("approve", [row.original])}
              >
                <Trans>Approve</Trans>
              </Button>
              <Button
                variant="subtle"
                color="gray"
                size="compact-xs"
                aria-label={t`Decline ${name}`}
                onClick={() => decide("decline", [row.original])}
              >
                <Trans>Decline</Trans>
              </Button>
            </span>
          );
        },
        meta: { width: 156, end: true, label: t`Actions` },
      },
    ] satisfies TableColumn<Waiting>[];
  }, [t, rows, chosen, onChosen, decide]);
}

function nameOf({ customer }: Waiting): string {
  return customer ? fullName(customer) : "";
}

/** The groups that ask for approval, and who put the customer there. */
function Asking({ waiting }: { waiting: Waiting }) {
  const actor = useActorName();
  const groups = useQuery(groupsQuery);
  const asking = new Set(groups.data?.filter((it) => it.approvalRequired).map((it) => it.name));
  const those = waiting.memberships.filter((it) => asking.has(it.group));
  // a group may have stopped asking since
  const shown = those.length > 0 ? those : waiting.memberships;
  const names = shown.map((it) => it.groupDisplayName).join(", ");
  const creator = shown[0]?.creator ? actor(shown[0].creator) : "";
  if (!names) return null;
  return (
    <bdi>
      {creator ? (
        <Trans>
          {names}, by {creator}
        </Trans>
      ) : (
        names
      )}
    </bdi>
  );
}
