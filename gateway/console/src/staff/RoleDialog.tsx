import { Trans, useLingui } from "@lingui/react/macro";
import { Modal } from "@mantine/core";
import { useState } from "react";
import { requestId } from "../api/client";
import { idOf } from "../customers/queries";
import { EditForm } from "../ui/EditForm";
import { FieldEdit } from "../ui/FieldForm";
import { sayDone } from "../ui/notify";
import { useEdit } from "../ui/useEdit";
import { ROLE_FIELDS } from "./fields";
import { PermissionChoice } from "./PermissionChoice";
import { type Role, readRole, useRoleActions } from "./queries";

interface Props {
  /** The role to change; a new one where there is none. */
  role?: Role;
  onClose: () => void;
}

/** What is written of a role; its permissions are chosen below. */
const TEXTS = ROLE_FIELDS.filter(({ name }) => name !== "permissions");

/** Makes a role, or changes what it allows. */
export function RoleDialog({ role, onClose }: Props) {
  const { t } = useLingui();
  const { create, update } = useRoleActions();
  // one role, however often it is sent
  const [request] = useState(requestId);
  const id = idOf(role?.name);
  const edit = useEdit<Role>({
    fields: ROLE_FIELDS,
    record: role ?? NOTHING,
    noun: "role",
    save: async (fields, etag) => {
      const { traceId } = role
        ? await update.mutateAsync({ id, fields: fields as Partial<Role>, etag })
        : await create.mutateAsync({ body: fields as Role, id: request });
      sayDone(role ? <Trans>Saved.</Trans> : <Trans>The role can be given now.</Trans>, traceId);
    },
    reread: async () => (role ? readRole(id) : NOTHING),
    onSaved: onClose,
  });
  const { values, errors, change } = edit;
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={role ? <Trans>Edit {role.displayName}</Trans> : <Trans>New role</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
      closeOnEscape={false}
      closeOnClickOutside={false}
    >
      {role && (
        <p className="faint">
          <Trans>Whoever has the role may do what it says now within a few seconds of saving.</Trans>
        </p>
      )}
      <EditForm
        fields={ROLE_FIELDS}
        edit={edit}
        onEnd={onClose}
        label={role ? t`Edit role` : t`New role`}
        save={role ? undefined : <Trans>Create</Trans>}
      >
        <FieldEdit fields={TEXTS} values={values} errors={errors} onChange={change} />
        <PermissionChoice
          value={(values["permissions"] ?? []) as string[]}
          error={errors["permissions"]}
          onChange={(chosen) => change("permissions", chosen)}
        />
      </EditForm>
    </Modal>
  );
}

/** What is missing in it the service says, field by field. */
const NOTHING = {} as Role;
