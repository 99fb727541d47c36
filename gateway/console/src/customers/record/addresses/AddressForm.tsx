import { Trans, useLingui } from "@lingui/react/macro";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { AddressInputs } from "../../../addresses/AddressInputs";
import { RULED } from "../../../addresses/country";
import { ADDRESS_FIELDS, EXCEPTION } from "../../../addresses/fields";
import { type Address, addressId, readAddress, useAddressActions } from "../../../addresses/queries";
import { requestId } from "../../../api/client";
import { ConflictDialog } from "../../../ui/ConflictDialog";
import { EditBar } from "../../../ui/EditBar";
import { LeaveDialog } from "../../../ui/LeaveDialog";
import { sayDone } from "../../../ui/notify";
import { useEdit } from "../../../ui/useEdit";
import classes from "./Addresses.module.css";

interface Props {
  customer: string;
  /** The address to edit; missing to add one. */
  address?: Address;
  onEnd: () => void;
}

/** Adds an address, or edits one in place. */
export function AddressForm({ customer, address, onEnd }: Props) {
  const { t } = useLingui();
  const { create, update } = useAddressActions(customer);
  const form = useRef<HTMLFormElement>(null);
  const [asked, setAsked] = useState(false);
  // one address, however often it is sent
  const [id] = useState(requestId);
  const edit = useEdit<Address>({
    fields: ADDRESS_FIELDS,
    record: address ?? { line1: "", countryCode: "" },
    noun: "address",
    save: async (changed, etag) => {
      // a reason that stands is given again with what it excuses, or it goes
      const excuses = [...RULED, "countryCode"].some((name) => name in changed);
      const fields = { ...changed, ...(excuses && reason() && { [EXCEPTION]: reason() }) };
      const { traceId } = address
        ? await update.mutateAsync({ address: addressId(address), fields: fields as Partial<Address>, etag })
        : await create.mutateAsync({ body: fields as Address, id });
      sayDone(address ? <Trans>Saved.</Trans> : <Trans>The address was added.</Trans>, traceId);
    },
    reread: () => readAddress(customer, address ? addressId(address) : ""),
    onSaved: onEnd,
  });
  const reason = () => String(edit.values[EXCEPTION] ?? "").trim();
  useEffect(() => form.current?.querySelector<HTMLElement>("input")?.focus(), []);
  const { errors } = edit;
  useEffect(() => {
    if (Object.values(errors).some(Boolean)) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [errors]);

  const leave = () => (edit.dirty ? setAsked(true) : onEnd());
  function key(event: KeyboardEvent) {
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector('[aria-expanded="true"]')) leave();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void edit.submit();
  }

  return (
    <form
      ref={form}
      className={classes.form}
      aria-label={address ? t`Edit address` : t`New address`}
      noValidate
      onKeyDown={key}
      onSubmit={(event) => {
        event.preventDefault();
        void edit.submit();
      }}
    >
      <AddressInputs fields={ADDRESS_FIELDS} values={edit.values} errors={edit.errors} onChange={edit.change} />
      <EditBar busy={edit.busy} dirty={edit.dirty} problem={edit.problem} onCancel={leave} />
      <LeaveDialog dirty={edit.dirty && !edit.busy} asked={asked} onStay={() => setAsked(false)} onLeave={onEnd} />
      <ConflictDialog
        conflict={edit.conflict}
        fields={ADDRESS_FIELDS}
        values={edit.values}
        onResolve={edit.resolve}
        onClose={edit.leaveConflict}
      />
    </form>
  );
}
