import { Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, NativeSelect, TextInput, Tooltip } from "@mantine/core";
import { IconRegex } from "@tabler/icons-react";
import { Fragment, useState } from "react";
import type { Field, Values } from "../ui/fields";
import classes from "./FieldPolicy.module.css";
import { CHANNELS, NEEDS, needsOf, POLICY_GROUPS, partOf, takesPattern } from "./rules";

interface Props {
  values: Values;
  errors?: Readonly<Record<string, string | undefined>>;
  /** Where they can be edited. */
  onChange?: (name: string, value: string) => void;
}

/** The rules: a field a line, a channel a column. */
export function RulesTable({ values, errors = {}, onChange }: Props) {
  const { t, i18n } = useLingui();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className={classes.rules} tabIndex={0} aria-label={t`What customers are asked for`}>
      <table>
        <thead>
          <tr>
            <td />
            {CHANNELS.map(({ name, label }) => (
              <th key={name} scope="col">
                {i18n._(label)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {POLICY_GROUPS.map(({ label, fields }) => (
            <Fragment key={i18n._(label)}>
              <tr>
                <th scope="rowgroup" colSpan={CHANNELS.length + 1} className={classes.about}>
                  {i18n._(label)}
                </th>
              </tr>
              {fields.map((field) => (
                <Rule key={field.name} field={field} values={values} errors={errors} onChange={onChange} />
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface RuleProps {
  field: Field;
  values: Values;
  errors: Readonly<Record<string, string | undefined>>;
  onChange: Props["onChange"];
}

function Rule({ field, values, errors, onChange }: RuleProps) {
  const { t, i18n } = useLingui();
  const [opened, setOpened] = useState(false);
  const label = i18n._(field.label);
  const [pattern, hint] = [partOf(values, field.name, "pattern"), partOf(values, field.name, "hint")];
  const wrong = Boolean(errors[`${field.name}.pattern`] ?? errors[`${field.name}.hint`]);
  const shown = onChange && (opened || wrong);
  return (
    <>
      <tr>
        <th scope="row">
          <span className={classes.field}>
            {label}
            {onChange && takesPattern(field) && (
              <Tooltip label={t`What it must look like`}>
                <ActionIcon
                  variant="subtle"
                  color={pattern ? "indigo" : "gray"}
                  size={24}
                  aria-label={t`What ${label} must look like`}
                  aria-expanded={Boolean(shown)}
                  onClick={() => setOpened(!shown)}
                >
                  <IconRegex size={15} aria-hidden />
                </ActionIcon>
              </Tooltip>
            )}
          </span>
          {!shown && pattern && (
            <small className="faint">
              <code dir="ltr">{pattern}</code> <bdi>{hint}</bdi>
            </small>
          )}
        </th>
        {CHANNELS.map((channel) => {
          const name = `${field.name}.${channel.name}`;
          const value = partOf(values, field.name, channel.name);
          return (
            <td key={name} data-need={value}>
              {onChange ? (
                <NativeSelect
                  aria-label={t`${label}: ${i18n._(channel.label)}`}
                  value={value}
                  error={errors[name]}
                  onChange={(event) => onChange(name, event.currentTarget.value)}
                  data={needsOf(field).map((need) => ({ value: need.value, label: i18n._(need.label) }))}
                />
              ) : (
                <Needed value={value} />
              )}
            </td>
          );
        })}
      </tr>
      {shown && (
        <tr>
          <td colSpan={CHANNELS.length + 1} className={classes.pattern}>
            <div>
              <TextInput
                label={t`Pattern`}
                description={t`A regular expression for the whole value, such as [A-Z][A-Z][0-9]+. Empty where anything will do.`}
                dir="ltr"
                maxLength={200}
                spellCheck={false}
                autoComplete="off"
                value={pattern}
                error={errors[`${field.name}.pattern`]}
                onChange={(event) => onChange(`${field.name}.pattern`, event.currentTarget.value)}
              />
              <TextInput
                label={t`What it asks for`}
                description={t`What people are told, such as “two letters and nine digits”.`}
                dir="auto"
                maxLength={200}
                autoComplete="off"
                value={hint}
                error={errors[`${field.name}.hint`]}
                onChange={(event) => onChange(`${field.name}.hint`, event.currentTarget.value)}
              />
            </div>
          </td>
        </tr>
      )}
    </>
  );
}

function Needed({ value }: { value: string }) {
  const { i18n } = useLingui();
  const need = NEEDS.find((it) => it.value === value);
  return need ? i18n._(need.label) : <Trans>Optional</Trans>;
}
