import { useLingui } from "@lingui/react/macro";
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { openDialog } from "../shell/dialogs";
import screen from "../ui/Screen.module.css";
import { DeleteRoleDialog } from "./DeleteRoleDialog";
import type { Role } from "./queries";
import { RoleDialog } from "./RoleDialog";

/** What can be done with a role that people made: pencil and trash can. */
export function RoleActions({ role }: { role: Role }) {
  const { t } = useLingui();
  const name = role.displayName ?? "";
  return (
    <span className={screen.actions}>
      <Tooltip label={t`Edit`}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t`Edit ${name}`}
          onClick={() => openDialog((close) => <RoleDialog role={role} onClose={close} />)}
        >
          <IconPencil size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t`Delete`}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t`Delete ${name}`}
          onClick={() => openDialog((close) => <DeleteRoleDialog role={role} onClose={close} />)}
        >
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </span>
  );
}
