import { useLingui } from "@lingui/react/macro";
import { Input, Select, TextInput } from "@mantine/core";
import { useMemo } from "react";
import { countries } from "./countries";
import type { PhoneValue } from "./fields";
import classes from "./PhoneInput.module.css";

interface Props {
  id: string;
  label: string;
  error: string | undefined;
  required?: boolean;
  value: PhoneValue;
  onChange: (value: PhoneValue) => void;
}

/** A phone number as people write it, with the country in which it is dialled where it does not begin with `+`. */
export function PhoneInput({ id, label, error, required = false, value, onChange }: Props) {
  const { t, i18n } = useLingui();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the names are those of the language
  const data = useMemo(countries, [i18n.locale]);
  const national = value.number.trim() !== "" && !value.number.trim().startsWith("+");
  return (
    <Input.Wrapper id={id} label={label} error={error} required={required} size="xs">
      <div className={classes.parts} data-national={national || undefined}>
        <TextInput
          id={id}
          type="tel"
          dir="ltr"
          autoComplete="off"
          maxLength={40}
          placeholder="+44 20 7946 0018"
          value={value.number}
          required={required}
          error={Boolean(error)}
          aria-describedby={error ? `${id}-error` : undefined}
          onChange={(event) => onChange({ ...value, number: event.currentTarget.value })}
        />
        {national && (
          <Select
            aria-label={t`Country of ${label}`}
            placeholder={t`Country`}
            data={data}
            value={value.regionCode || null}
            onChange={(regionCode) => onChange({ ...value, regionCode: regionCode ?? "" })}
            searchable
            limit={60}
            comboboxProps={{ shadow: "md", width: 240, position: "bottom-start" }}
          />
        )}
        <TextInput
          aria-label={t`Extension of ${label}`}
          placeholder={t`Ext.`}
          dir="ltr"
          inputMode="numeric"
          maxLength={7}
          value={value.extension}
          onChange={(event) => onChange({ ...value, extension: event.currentTarget.value })}
        />
      </div>
    </Input.Wrapper>
  );
}
