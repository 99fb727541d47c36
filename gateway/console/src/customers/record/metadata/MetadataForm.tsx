import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { EditForm } from "../../../ui/EditForm";
import { FieldEdit } from "../../../ui/FieldForm";
import type { Field } from "../../../ui/fields";
import { sayDone } from "../../../ui/notify";
import { useEdit } from "../../../ui/useEdit";
import { type Customer, customerQuery, overviewQuery, useUpdateMetadata } from "../../queries";
import classes from "./Metadata.module.css";

const VALUE: Field = { name: "metadata", label: msg`Value`, input: "area", max: 500, required: true, wide: true };

const KEY: Field = {
  name: "key",
  label: msg`Key`,
  input: "text",
  max: 40,
  required: true,
  hint: msg`Letters, digits, _, - and .`,
};

interface Props {
  id: string;
  customer: Customer;
  /** The key whose value is edited; none to add one. */
  entry?: string;
  onEnd: () => void;
}

/** One entry while it is edited or made. */
export function MetadataForm({ id, customer, entry, onEnd }: Props) {
  const { t } = useLingui();
  const client = useQueryClient();
  const update = useUpdateMetadata(id);
  const shown = ({ etag, metadata = {} }: Customer) => ({
    etag: etag ?? "",
    metadata: (entry && metadata[entry]) || "",
  });
  const fields = entry ? [VALUE] : [KEY, VALUE];
  const edit = useEdit({
    fields,
    record: { ...shown(customer), key: entry ?? "" },
    noun: "customer",
    save: async (changed, etag) => {
      const key = entry ?? String(changed["key"] ?? "").trim();
      const { traceId } = await update.mutateAsync({ entry: key, value: String(changed["metadata"] ?? ""), etag });
      sayDone(<Trans>Saved.</Trans>, traceId);
    },
    reread: async () => {
      const now = await client.fetchQuery({ ...customerQuery(id), staleTime: 0 });
      void client.invalidateQueries({ queryKey: overviewQuery(id).queryKey });
      return { ...shown(now), key: entry ?? "" };
    },
    onSaved: onEnd,
  });
  const taken = !entry && String(edit.values["key"] ?? "").trim() in (customer.metadata ?? {});
  const errors = taken ? { ...edit.errors, key: t`There is an entry with this key.` } : edit.errors;
  const label = entry ? t`Edit ${entry}` : t`New entry`;
  return (
    <EditForm
      fields={fields}
      edit={taken ? { ...edit, submit: () => Promise.resolve() } : edit}
      onEnd={onEnd}
      label={label}
      className={classes.form}
    >
      {entry && <bdi className={classes.key}>{entry}</bdi>}
      <FieldEdit fields={fields} values={edit.values} errors={errors} onChange={edit.change} />
    </EditForm>
  );
}
