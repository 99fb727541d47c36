import { openDialog } from "../shell/dialogs";
import { RowActions } from "../ui/RowActions";
import { DeleteRoleDialog } from "./DeleteRoleDialog";
import type { Role } from "./queries";
import { RoleDialog } from "./RoleDialog";

/** What can be done with a role that people made. */
export function RoleActions({ role }: { role: Role }) {
  return (
    <RowActions
      name={role.displayName ?? ""}
      onEdit={() => openDialog((close) => <RoleDialog role={role} onClose={close} />)}
      onDelete={() => openDialog((close) => <DeleteRoleDialog role={role} onClose={close} />)}
    />
  );
}
