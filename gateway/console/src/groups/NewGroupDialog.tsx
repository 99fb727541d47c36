import { Trans, useLingui } from "@lingui/react/macro";
import { Modal } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { requestId } from "../api/client";
import { idOf } from "../customers/queries";
import { EditForm } from "../ui/EditForm";
import { sayDone } from "../ui/notify";
import { useEdit } from "../ui/useEdit";
import { GROUP_FIELDS } from "./fields";
import { type Group, useGroupActions } from "./queries";

/** Creates a group, and opens it. */
export function NewGroupDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useLingui();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={<Trans>New group</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
      closeOnEscape={false}
      closeOnClickOutside={false}
    >
      <NewGroup onClose={onClose} />
    </Modal>
  );
}

function NewGroup({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { create } = useGroupActions();
  // one group, however often it is sent
  const [id] = useState(requestId);
  const edit = useEdit<Group>({
    fields: GROUP_FIELDS,
    record: NOTHING,
    noun: "group",
    save: async (fields) => {
      const { data, traceId } = await create.mutateAsync({ body: fields as Group, id });
      const { displayName } = data;
      sayDone(<Trans>The group {displayName} was created.</Trans>, traceId);
      void navigate({ to: "/groups/$group", params: { group: idOf(data.name) }, ignoreBlocker: true });
    },
    reread: async () => NOTHING,
    onSaved: onClose,
  });
  return (
    <EditForm
      fields={GROUP_FIELDS}
      edit={edit}
      onEnd={onClose}
      label={t`New group`}
      save={<Trans>Create group</Trans>}
    />
  );
}

/** What is missing in it the service says, field by field. */
const NOTHING = {} as Group;
