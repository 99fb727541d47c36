import { Trans, useLingui } from "@lingui/react/macro";
import { Modal } from "@mantine/core";
import { idOf } from "../customers/queries";
import { EditForm } from "../ui/EditForm";
import { sayDone } from "../ui/notify";
import { useEdit } from "../ui/useEdit";
import { useStaffFields } from "./fields";
import { readStaff, type Staff, useStaffActions } from "./queries";

/** Changes what is said of a member of staff. */
export function EditStaffDialog({ staff, onClose }: { staff: Staff | undefined; onClose: () => void }) {
  const { t } = useLingui();
  return (
    <Modal
      opened={Boolean(staff)}
      onClose={onClose}
      title={<Trans>Edit {staff?.displayName}</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
      closeOnEscape={false}
      closeOnClickOutside={false}
    >
      {staff && <EditStaff staff={staff} onClose={onClose} />}
    </Modal>
  );
}

function EditStaff({ staff, onClose }: { staff: Staff; onClose: () => void }) {
  const { t } = useLingui();
  const fields = useStaffFields({ fresh: false });
  const id = idOf(staff.name);
  const { update } = useStaffActions();
  const edit = useEdit<Staff>({
    fields,
    record: staff,
    noun: "staff",
    save: async (changed, etag) => {
      const { traceId } = await update.mutateAsync({ id, fields: changed as Partial<Staff>, etag });
      sayDone(<Trans>Saved.</Trans>, traceId);
    },
    reread: () => readStaff(id),
    onSaved: onClose,
  });
  return (
    <>
      <p className="faint">
        <Trans>
          Signs in as <bdi>{staff.username}</bdi>, which cannot be changed.
        </Trans>
      </p>
      <EditForm fields={fields} edit={edit} onEnd={onClose} label={t`Edit member of staff`} />
    </>
  );
}
