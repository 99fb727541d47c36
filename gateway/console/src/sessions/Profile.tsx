import { msg } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import { useMay, useSession } from "../shell/session";
import { SIGNATURE } from "../staff/fields";
import type { Staff } from "../staff/queries";
import { ConflictDialog } from "../ui/ConflictDialog";
import { EditBar } from "../ui/EditBar";
import { FieldEdit } from "../ui/FieldForm";
import type { Field } from "../ui/fields";
import { LeaveDialog } from "../ui/LeaveDialog";
import { sayDone } from "../ui/notify";
import { useEdit } from "../ui/useEdit";
import { ownStaffQuery, useUpdateOwnStaff } from "./queries";
import classes from "./Sessions.module.css";

/** The same as an administrator sees, said to oneself. */
const OWN_SIGNATURE: Field = { ...SIGNATURE, hint: msg`What your letters end with.` };

const FIELDS: readonly Field[] = [
  { name: "displayName", label: msg`Name`, input: "text", max: 100, required: true, autoComplete: "name" },
  { name: "email", label: msg`Email`, input: "email", max: 254, required: true, autoComplete: "email" },
  OWN_SIGNATURE,
];

/** Who is signed in. Those who may change staff change all of it, others their signature. */
export function Profile() {
  const { user, userDisplayName, username } = useSession();
  const may = useMay();
  const all = may("STAFF_MANAGE");
  const own = useQuery(ownStaffQuery(user));
  const [editing, setEditing] = useState(false);
  if (editing && own.data) {
    const fields = all ? FIELDS : [OWN_SIGNATURE];
    return <Editing user={user} staff={own.data} fields={fields} onEnd={() => setEditing(false)} />;
  }
  return (
    <>
      <dl className={classes.pairs}>
        <div>
          <dt>
            <Trans>Name</Trans>
          </dt>
          <dd>
            <bdi>{userDisplayName}</bdi>
          </dd>
        </div>
        <div>
          <dt>
            <Trans>Username</Trans>
          </dt>
          <dd>
            <bdi>{username}</bdi>
          </dd>
        </div>
        {own.data && (
          <>
            <div>
              <dt>
                <Trans>Email</Trans>
              </dt>
              <dd>
                <bdi>{own.data.email}</bdi>
              </dd>
            </div>
            <div>
              <dt>
                <Trans>Signature</Trans>
              </dt>
              <dd className={classes.signature} dir="auto">
                {own.data.signature || <span className="faint">–</span>}
              </dd>
            </div>
          </>
        )}
      </dl>
      {!all && (
        <p className="faint">
          <Trans>The username never changes. An administrator changes name and email.</Trans>
        </p>
      )}
      {own.data && (
        <div>
          <Button variant="default" leftSection={<IconPencil size={15} aria-hidden />} onClick={() => setEditing(true)}>
            <Trans>Edit</Trans>
          </Button>
        </div>
      )}
    </>
  );
}

interface EditingProps {
  user: string;
  staff: Staff;
  fields: readonly Field[];
  onEnd: () => void;
}

function Editing({ user, staff, fields, onEnd }: EditingProps) {
  const client = useQueryClient();
  const update = useUpdateOwnStaff(user);
  const [asked, setAsked] = useState(false);
  const edit = useEdit<Staff>({
    fields,
    record: staff,
    noun: "staff",
    save: async (changed, etag) => {
      const { traceId } = await update.mutateAsync({ fields: changed as Partial<Staff>, etag });
      sayDone(<Trans>Saved.</Trans>, traceId);
    },
    reread: () => client.fetchQuery({ ...ownStaffQuery(user), staleTime: 0 }),
    onSaved: onEnd,
  });
  const leave = () => (edit.dirty ? setAsked(true) : onEnd());
  function key(event: KeyboardEvent) {
    if (event.key === "Escape" && !event.defaultPrevented) leave();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void edit.submit();
  }
  return (
    <form
      noValidate
      onKeyDown={key}
      onSubmit={(event) => {
        event.preventDefault();
        void edit.submit();
      }}
    >
      <FieldEdit fields={fields} values={edit.values} errors={edit.errors} onChange={edit.change} />
      <EditBar busy={edit.busy} dirty={edit.dirty} problem={edit.problem} onCancel={leave} />
      <LeaveDialog dirty={edit.dirty && !edit.busy} asked={asked} onStay={() => setAsked(false)} onLeave={onEnd} />
      <ConflictDialog
        conflict={edit.conflict}
        fields={fields}
        values={edit.values}
        onResolve={edit.resolve}
        onClose={edit.leaveConflict}
      />
    </form>
  );
}
