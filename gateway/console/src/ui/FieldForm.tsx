import { useLingui } from "@lingui/react/macro";
import { useId } from "react";
import classes from "./FieldForm.module.css";
import { FieldInput } from "./FieldInput";
import { FieldView } from "./FieldView";
import type { Field, FieldValue, Values } from "./fields";

interface EditProps {
  fields: readonly Field[];
  values: Values;
  errors: Readonly<Record<string, string | undefined>>;
  onChange: (name: string, value: FieldValue) => void;
  /** Makes the ids of inputs; by it a summary of errors links to them. */
  prefix?: string;
}

/** Fields as inputs. An error stands at its field. */
export function FieldEdit({ fields, values, errors, onChange, prefix }: EditProps) {
  const own = useId();
  return (
    <div className={classes.inputs}>
      {fields.map((field) => (
        <div key={field.name} data-wide={field.wide || undefined}>
          <FieldInput
            field={field}
            id={`${prefix ?? own}${field.name}`}
            value={values[field.name]}
            onChange={(value) => onChange(field.name, value)}
            error={errors[field.name]}
          />
        </div>
      ))}
    </div>
  );
}

/** Fields as text, each with its name before it. */
export function FieldList({ fields, record }: { fields: readonly Field[]; record: object }) {
  const { i18n } = useLingui();
  const given = record as Record<string, unknown>;
  return (
    <dl className={classes.list}>
      {fields.map((field) => (
        <div key={field.name}>
          <dt>{i18n._(field.label)}</dt>
          <dd>
            <FieldView field={field} value={given[field.name]} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
