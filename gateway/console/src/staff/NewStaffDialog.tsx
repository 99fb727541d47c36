import { Trans, useLingui } from "@lingui/react/macro";
import { Modal } from "@mantine/core";
import { useState } from "react";
import { requestId } from "../api/client";
import { EditForm } from "../ui/EditForm";
import { sayDone } from "../ui/notify";
import { useEdit } from "../ui/useEdit";
import { useStaffFields } from "./fields";
import { GivenPassword } from "./GivenPassword";
import { randomPassword } from "./password";
import { type Staff, useStaffActions } from "./queries";

/** Creates a member of staff, and shows the password they begin with. */
export function NewStaffDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useLingui();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={<Trans>New member of staff</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
      closeOnEscape={false}
      closeOnClickOutside={false}
    >
      <NewStaff onClose={onClose} />
    </Modal>
  );
}

function NewStaff({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const fields = useStaffFields({ fresh: true });
  const { create } = useStaffActions();
  // one person, however often they are sent
  const [id] = useState(requestId);
  const [password] = useState(randomPassword);
  const [made, setMade] = useState<Staff>();
  const edit = useEdit<Staff>({
    fields,
    record: NOBODY,
    noun: "staff",
    save: async (given) => {
      const { data, traceId } = await create.mutateAsync({ staff: given as Staff, password, id });
      const { displayName } = data;
      setMade(data);
      sayDone(<Trans>{displayName} can sign in now.</Trans>, traceId);
    },
    reread: async () => NOBODY,
    onSaved: () => {},
  });
  if (made) {
    const { displayName = "", username = "" } = made;
    return <GivenPassword name={displayName} username={username} password={password} onClose={onClose} />;
  }
  return (
    <EditForm fields={fields} edit={edit} onEnd={onClose} label={t`New member of staff`} save={<Trans>Create</Trans>} />
  );
}

/** What is missing of them the service says, field by field. */
const NOBODY = {} as Staff;
