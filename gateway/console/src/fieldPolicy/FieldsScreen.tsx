import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Skeleton } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { useKeys } from "../shell/keyboard";
import { EditForm } from "../ui/EditForm";
import { Failure } from "../ui/Failure";
import { toInputs } from "../ui/fields";
import { sayDone } from "../ui/notify";
import screen from "../ui/Screen.module.css";
import { useEdit } from "../ui/useEdit";
import classes from "./FieldPolicy.module.css";
import { type FieldPolicy, fieldPolicyQuery, useUpdateFieldPolicy } from "./queries";
import { RulesTable } from "./RulesTable";
import { type FlatPolicy, flatten, unflatten } from "./rules";
import { useRuleFields } from "./use";

/** What customers are asked for, by the way they come: read at first, edited in place. */
export function FieldsScreen() {
  const policy = useQuery(fieldPolicyQuery);
  const [editing, setEditing] = useState(false);
  const edit = () => setEditing(true);
  useKeys(editing ? {} : { e: edit });
  return (
    <div className={screen.screen}>
      <header className={screen.head}>
        <h1>
          <Trans>Fields</Trans>
        </h1>
        {policy.data && !editing && (
          <span className={screen.buttons}>
            <Button variant="default" leftSection={<IconPencil size={15} aria-hidden />} onClick={edit}>
              <Trans>Edit</Trans>
            </Button>
          </span>
        )}
      </header>
      <div className={`faint ${screen.tools}`}>
        <Trans>
          What customers are asked for, by the way they come. What is on a record from before stays as it is until
          somebody changes it.
        </Trans>
      </div>
      {policy.isPending && (
        <div className={screen.content}>
          {[1, 2, 3, 4, 5, 6].map((line) => (
            <Skeleton key={line} height={12} width={`${80 - line * 6}%`} />
          ))}
        </div>
      )}
      {policy.isError && !policy.data && (
        <Failure problem={asProblem(policy.error)} onRetry={() => void policy.refetch()} />
      )}
      {policy.data &&
        (editing ? <Editing policy={policy.data} onEnd={() => setEditing(false)} /> : <Shown policy={policy.data} />)}
    </div>
  );
}

function Shown({ policy }: { policy: FieldPolicy }) {
  const fields = useRuleFields();
  return <RulesTable values={toInputs(fields, flatten(policy))} />;
}

function Editing({ policy, onEnd }: { policy: FieldPolicy; onEnd: () => void }) {
  const { t } = useLingui();
  const client = useQueryClient();
  const fields = useRuleFields();
  const update = useUpdateFieldPolicy();
  const edit = useEdit<FlatPolicy>({
    fields,
    record: flatten(policy),
    noun: "fieldPolicy",
    save: async (parts, etag) => {
      const { traceId } = await update.mutateAsync({ fields: unflatten(parts), mask: Object.keys(parts), etag });
      sayDone(<Trans>Saved.</Trans>, traceId);
    },
    reread: async () => flatten(await client.fetchQuery({ ...fieldPolicyQuery, staleTime: 0 })),
    onSaved: onEnd,
  });
  return (
    <EditForm fields={fields} edit={edit} onEnd={onEnd} label={t`Fields`} className={classes.form}>
      <RulesTable values={edit.values} errors={edit.errors} onChange={edit.change} />
    </EditForm>
  );
}
