import { Trans, useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { valueIn } from "../../../fieldPolicy/rules";
import { useAsked } from "../../../fieldPolicy/use";
import { useMay } from "../../../shell/session";
import { EditForm } from "../../../ui/EditForm";
import { FieldEdit, FieldList } from "../../../ui/FieldForm";
import type { Field } from "../../../ui/fields";
import { sayDone } from "../../../ui/notify";
import { useEdit } from "../../../ui/useEdit";
import { CUSTOMER_FIELDS, CUSTOMER_GROUPS } from "../../fields";
import { type Customer, customerQuery, overviewQuery, useUpdateCustomer } from "../../queries";
import classes from "../Record.module.css";
import type { SectionProps } from "../sections";
import { Aside } from "./Aside";

const route = getRouteApi("/customers/$customer/{-$section}");

/** The record itself: read at first, edited in place. */
export default function Account({ id, overview }: SectionProps) {
  const customer = overview.customer as Customer;
  const may = useMay();
  const { edit } = route.useSearch();
  const navigate = route.useNavigate();
  const [editing, setEditing] = useState(edit === true && may("CUSTOMER_UPDATE"));
  useEffect(() => {
    if (!edit) return;
    if (may("CUSTOMER_UPDATE")) setEditing(true);
    void navigate({ search: {}, replace: true });
  }, [edit, may, navigate]);
  return (
    <div className={classes.columns}>
      {editing ? (
        <Editing id={id} customer={customer} onEnd={() => setEditing(false)} />
      ) : (
        <div className={classes.groups}>
          <Groups customer={customer}>{(fields) => <FieldList fields={fields} record={customer} />}</Groups>
        </div>
      )}
      <Aside
        customer={customer}
        account={overview.account}
        missing={overview.missingParts.some((it) => it.part === "account")}
      />
    </div>
  );
}

/** The fields that are asked for, and those that hold something from before. */
function Groups({
  customer,
  children,
}: {
  customer: Customer;
  children: (fields: readonly Field[]) => React.ReactNode;
}) {
  const { i18n } = useLingui();
  const asked = useAsked("console");
  return CUSTOMER_GROUPS.map(({ label, fields }) => {
    const shown = asked(fields, valueIn(customer));
    return (
      shown.length > 0 && (
        <section key={label.id} className={classes.group}>
          <h2>{i18n._(label)}</h2>
          {children(shown)}
        </section>
      )
    );
  });
}

function Editing({ id, customer, onEnd }: { id: string; customer: Customer; onEnd: () => void }) {
  const client = useQueryClient();
  const update = useUpdateCustomer(id);
  const edit = useEdit<Customer>({
    fields: CUSTOMER_FIELDS,
    record: customer,
    noun: "customer",
    save: async (fields, etag) => {
      const { traceId } = await update.mutateAsync({ fields: fields as Partial<Customer>, etag });
      sayDone(<Trans>Saved.</Trans>, traceId);
    },
    reread: async () => {
      const now = await client.fetchQuery({ ...customerQuery(id), staleTime: 0 });
      void client.invalidateQueries({ queryKey: overviewQuery(id).queryKey });
      return now;
    },
    onSaved: onEnd,
  });

  return (
    <EditForm fields={CUSTOMER_FIELDS} edit={edit} onEnd={onEnd} className={classes.groups}>
      <Groups customer={customer}>
        {(fields) => <FieldEdit fields={fields} values={edit.values} errors={edit.errors} onChange={edit.change} />}
      </Groups>
    </EditForm>
  );
}
