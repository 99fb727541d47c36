import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Select } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useActorName } from "../../../activity/actor";
import { groupsQuery, type Membership, useMemberships } from "../../../groups/queries";
import { useMay } from "../../../shell/session";
import { Empty } from "../../../ui/Empty";
import { formatDay } from "../../../ui/format";
import { sayDone, sayRefused } from "../../../ui/notify";
import type { SectionProps } from "../sections";
import classes from "./Groups.module.css";

/** The groups of a customer: which, since when, by whom; and into and out of them. */
export default function Groups({ id, overview }: SectionProps) {
  const { t } = useLingui();
  const may = useMay();
  const assigns = may("GROUP_ASSIGN");
  const { join } = useMemberships();
  const groups = useQuery({ ...groupsQuery, enabled: assigns });
  const { memberships } = overview;
  const open = (groups.data ?? []).filter(
    (group) => !group.assignmentClosed && !memberships.some((it) => it.group === group.name),
  );

  function add(group: string | null) {
    if (!group) return;
    const name = open.find((it) => it.name === group)?.displayName ?? "";
    join.mutate(
      { customer: id, group },
      {
        onSuccess: ({ traceId }) => sayDone(<Trans>Added to {name}.</Trans>, traceId),
        onError: sayRefused,
      },
    );
  }

  return (
    <div className={classes.groups}>
      {memberships.length > 0 ? (
        <ul className={classes.list}>
          {memberships.map((membership) => (
            <Row key={membership.name} customer={id} membership={membership} assigns={assigns} />
          ))}
        </ul>
      ) : (
        <Empty icon={<IconUsersGroup size={28} stroke={1.5} />} title={<Trans>In no group yet</Trans>}>
          <p className="faint">
            <Trans>The first group becomes the primary one.</Trans>
          </p>
        </Empty>
      )}
      {assigns && open.length > 0 && (
        <Select
          className={classes.add}
          label={t`Add to a group`}
          placeholder={t`Choose a group`}
          data={open.map(({ name = "", displayName = "" }) => ({ value: name, label: displayName }))}
          value={null}
          onChange={add}
          searchable
          nothingFoundMessage={t`Nothing found.`}
          disabled={join.isPending}
          comboboxProps={{ shadow: "md" }}
        />
      )}
    </div>
  );
}

function Row({ customer, membership, assigns }: { customer: string; membership: Membership; assigns: boolean }) {
  const actor = useActorName();
  const { leave, setPrimary } = useMemberships();
  const what = { customer, group: membership.name?.split("/")[3] ?? "" };
  const name = membership.groupDisplayName ?? "";
  const day = formatDay(membership.createTime);
  const creator = membership.creator ? actor(membership.creator) : "";
  return (
    <li className={classes.row}>
      <span>
        <bdi className={classes.name}>{name}</bdi>
        {membership.primary && (
          <span className={classes.primary}>
            <Trans>Primary</Trans>
          </span>
        )}
      </span>
      <span className="faint">
        {creator ? (
          <Trans>
            since {day}, by {creator}
          </Trans>
        ) : (
          <Trans>since {day}</Trans>
        )}
      </span>
      {assigns && (
        <span className={classes.actions}>
          {!membership.primary && (
            <Button
              variant="subtle"
              color="gray"
              loading={setPrimary.isPending}
              onClick={() =>
                setPrimary.mutate(what, {
                  onSuccess: ({ traceId }) => sayDone(<Trans>{name} is the primary group now.</Trans>, traceId),
                  onError: sayRefused,
                })
              }
            >
              <Trans>Make primary</Trans>
            </Button>
          )}
          <Button
            variant="subtle"
            color="gray"
            loading={leave.isPending}
            onClick={() =>
              leave.mutate(what, {
                onSuccess: ({ traceId }) => sayDone(<Trans>Removed from {name}.</Trans>, traceId),
                onError: sayRefused,
              })
            }
          >
            <Trans>Remove</Trans>
          </Button>
        </span>
      )}
    </li>
  );
}
