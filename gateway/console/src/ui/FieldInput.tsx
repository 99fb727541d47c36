import { useLingui } from "@lingui/react/macro";
import { Checkbox, Group, MultiSelect, NativeSelect, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useCallback, useMemo } from "react";
import { useStaffChoices } from "../staff/queries";
import { countries } from "./countries";
import classes from "./FieldForm.module.css";
import type { Field, FieldValue, PhoneValue } from "./fields";
import { PhoneInput } from "./PhoneInput";
import { languages, timeZones } from "./places";

interface Props {
  field: Field;
  id: string;
  value: FieldValue | undefined;
  onChange: (value: FieldValue) => void;
  error: string | undefined;
}

/** The input of a field. */
export function FieldInput({ field, id, value, onChange, error }: Props) {
  const { t, i18n } = useLingui();
  const common = {
    id,
    label: i18n._(field.label),
    error,
    required: field.required ?? false,
    ...(field.hint && { description: i18n._(field.hint) }),
  };
  const text = {
    ...common,
    value: String(value ?? ""),
    dir: "auto" as const,
    ...(field.max && { maxLength: field.max }),
    ...(field.example && { placeholder: field.example }),
    autoComplete: field.autoComplete ?? "off",
  };
  switch (field.input) {
    case "phone":
      return <PhoneInput {...common} value={value as PhoneValue} onChange={onChange} />;
    case "area":
      return (
        <Textarea
          {...text}
          autosize
          minRows={2}
          maxRows={6}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "email":
      return (
        <TextInput
          {...text}
          type="email"
          spellCheck={false}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "date":
      return (
        <TextInput
          {...common}
          type="date"
          min="1900-01-01"
          value={String(value ?? "")}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "switch":
      return (
        <Switch
          id={id}
          label={common.label}
          description={common.description}
          error={error}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
          className={field.hint ? classes.hinted : classes.beside}
        />
      );
    case "choice":
      return (
        <NativeSelect
          {...common}
          value={String(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
          data={(field.choices ?? []).map((it) => ({ value: it.value, label: i18n._(it.label) }))}
        />
      );
    case "choices":
      return (
        <Checkbox.Group {...common} size="xs" value={(value ?? []) as string[]} onChange={onChange}>
          <Group gap="md" mt={6}>
            {field.choices?.map((it) => (
              <Checkbox key={it.value} value={it.value} label={i18n._(it.label)} size="xs" />
            ))}
          </Group>
        </Checkbox.Group>
      );
    case "country":
      return <Searched {...common} value={String(value ?? "")} onChange={onChange} choices={countries} />;
    case "region":
      return <RegionInput {...common} field={field} value={String(value ?? "")} onChange={onChange} />;
    case "language":
      return <Searched {...common} value={String(value ?? "")} onChange={onChange} choices={languages} clearable />;
    case "timeZone":
      return <Searched {...common} value={String(value ?? "")} onChange={onChange} choices={timeZones} clearable />;
    case "staff":
      return <StaffInput {...common} placeholder={t`Nobody`} value={(value ?? []) as string[]} onChange={onChange} />;
    default:
      return <TextInput {...text} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
}

interface SearchedProps {
  id: string;
  label: string;
  error: string | undefined;
  required: boolean;
  value: string;
  onChange: (value: string) => void;
  choices: () => { value: string; label: string }[];
  clearable?: boolean;
}

/** One of many: found by typing. What is stored is shown, even where it is none of those to choose from. */
function Searched({ choices, value, onChange, ...props }: SearchedProps) {
  const { t, i18n } = useLingui();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the names are those of the language
  const known = useMemo(choices, [choices, i18n.locale]);
  const data = value && !known.some((it) => it.value === value) ? [{ value, label: value }, ...known] : known;
  return (
    <Select
      {...props}
      data={data}
      value={value || null}
      onChange={(chosen) => onChange(chosen ?? "")}
      searchable
      nothingFoundMessage={t`Nothing found.`}
      comboboxProps={{ shadow: "md" }}
      clearButtonProps={{ "aria-label": t`Clear` }}
      limit={60}
    />
  );
}

/** One of the names of a field. What is stored may be another word for one of them. */
function RegionInput({ field, value, ...props }: Omit<SearchedProps, "choices"> & { field: Field }) {
  const names = field.names ?? [];
  const wanted = value.toLocaleLowerCase();
  const named = names.find((it) => it.also.some((word) => word.toLocaleLowerCase() === wanted));
  const choices = useCallback(() => names.map(({ value, label }) => ({ value, label })), [names]);
  return <Searched {...props} choices={choices} value={named?.value ?? value} clearable={!field.required} />;
}

function StaffInput({
  value,
  onChange,
  ...props
}: Omit<SearchedProps, "choices" | "value" | "onChange"> & {
  placeholder: string;
  value: string[];
  onChange: (value: string[]) => void;
}) {
  const { t } = useLingui();
  const known = useStaffChoices();
  const unknown = value
    .filter((name) => !known.some((it) => it.value === name))
    .map((name) => ({ value: name, label: t`Somebody else` }));
  return (
    <MultiSelect
      {...props}
      data={[...known, ...unknown]}
      value={value}
      onChange={onChange}
      maxValues={2}
      searchable
      placeholder={value.length === 0 ? props.placeholder : ""}
      comboboxProps={{ shadow: "md" }}
    />
  );
}
