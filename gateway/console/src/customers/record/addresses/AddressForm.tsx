import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { AddressInputs } from "../../../addresses/AddressInputs";
import { RULED } from "../../../addresses/country";
import { ADDRESS_FIELDS, EXCEPTION } from "../../../addresses/fields";
import { type Address, addressId, readAddress, useAddressActions } from "../../../addresses/queries";
import { requestId } from "../../../api/client";
import { EditForm } from "../../../ui/EditForm";
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

  return (
    <EditForm
      fields={ADDRESS_FIELDS}
      edit={edit}
      onEnd={onEnd}
      label={address ? t`Edit address` : t`New address`}
      className={classes.form}
    >
      <AddressInputs fields={ADDRESS_FIELDS} values={edit.values} errors={edit.errors} onChange={edit.change} />
    </EditForm>
  );
}
