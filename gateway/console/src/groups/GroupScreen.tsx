import { Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Button, Menu, Skeleton } from "@mantine/core";
import { IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { useKeys } from "../shell/keyboard";
import { useMay } from "../shell/session";
import { EditForm } from "../ui/EditForm";
import { Failure } from "../ui/Failure";
import { sayDone } from "../ui/notify";
import screen from "../ui/Screen.module.css";
import { useEdit } from "../ui/useEdit";
import { DeleteGroupDialog } from "./DeleteGroupDialog";
import { GROUP_FIELDS } from "./fields";
import classes from "./Groups.module.css";
import { MemberCount } from "./MemberCount";
import { Members } from "./Members";
import { type Group, groupQuery, useGroupActions } from "./queries";

const route = getRouteApi("/groups/$group");

/** One group: what it says of itself, edited in place, and who is in it. */
export function GroupScreen() {
  const { group: id } = route.useParams();
  const group = useQuery(groupQuery(id));
  if (group.isPending) return <Skeleton className={classes.waiting} height={24} width={240} />;
  if (group.isError && !group.data) {
    return <Failure problem={asProblem(group.error)} onRetry={() => void group.refetch()} whole />;
  }
  // another group is another screen, and keeps nothing of this one
  return <Shown key={id} id={id} group={group.data} />;
}

function Shown({ id, group }: { id: string; group: Group }) {
  const { t } = useLingui();
  const may = useMay();
  const { edit } = route.useSearch();
  const navigate = route.useNavigate();
  const [deleting, setDeleting] = useState<Group>();
  const manages = may("GROUP_MANAGE");
  const setEditing = (editing: boolean) =>
    void navigate({
      search: ({ edit: _, ...before }) => ({ ...before, ...(editing && { edit: true }) }),
      replace: true,
      ignoreBlocker: true,
    });
  useKeys(manages ? { e: () => setEditing(true) } : {});

  return (
    <article className={screen.screen} aria-labelledby="group-name">
      <header className={screen.head}>
        <Link to="/groups" className="faint">
          <Trans>Groups</Trans>
        </Link>
        <span className="faint" aria-hidden>
          /
        </span>
        <h1 id="group-name">
          <bdi>{group.displayName}</bdi>
        </h1>
        <span className="faint figures">
          <MemberCount group={group} />
        </span>
        {group.approvalRequired && (
          <span className={classes.badge}>
            <Trans>Approval needed</Trans>
          </span>
        )}
        {group.assignmentClosed && (
          <span className={classes.badge}>
            <Trans>Closed for assignment</Trans>
          </span>
        )}
        {manages && (
          <span className={screen.buttons}>
            {!edit && (
              <Button
                variant="default"
                leftSection={<IconPencil size={15} aria-hidden />}
                onClick={() => setEditing(true)}
              >
                <Trans>Edit</Trans>
              </Button>
            )}
            <Menu position="bottom-end" width={200}>
              <Menu.Target>
                <ActionIcon variant="default" size={30} aria-label={t`More actions`}>
                  <IconDots size={16} aria-hidden />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item
                  color="red"
                  leftSection={<IconTrash size={15} aria-hidden />}
                  onClick={() => setDeleting(group)}
                >
                  <Trans>Delete group</Trans>
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </span>
        )}
        {group.description && !edit && (
          <p className={`faint ${classes.description}`}>
            <bdi>{group.description}</bdi>
          </p>
        )}
      </header>
      {edit && manages && <Editing id={id} group={group} onEnd={() => setEditing(false)} />}
      <Members id={id} group={group} />
      <DeleteGroupDialog
        group={deleting}
        onClose={() => setDeleting(undefined)}
        onDeleted={() => void navigate({ to: "/groups" })}
      />
    </article>
  );
}

function Editing({ id, group, onEnd }: { id: string; group: Group; onEnd: () => void }) {
  const { t } = useLingui();
  const client = useQueryClient();
  const { update } = useGroupActions();
  const edit = useEdit<Group>({
    fields: GROUP_FIELDS,
    record: group,
    noun: "group",
    save: async (fields, etag) => {
      const { traceId } = await update.mutateAsync({ group: id, fields: fields as Partial<Group>, etag });
      sayDone(<Trans>Saved.</Trans>, traceId);
    },
    reread: () => client.fetchQuery({ ...groupQuery(id), staleTime: 0 }),
    onSaved: onEnd,
  });
  return <EditForm fields={GROUP_FIELDS} edit={edit} onEnd={onEnd} label={t`Edit group`} className={classes.form} />;
}
