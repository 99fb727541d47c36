import { Trans, useLingui } from "@lingui/react/macro";
import { Checkbox, TextInput } from "@mantine/core";
import { useState } from "react";
import classes from "./ChoiceList.module.css";

export interface Choice {
  value: string;
  label: string;
}

/** Longest list without a search of its own. */
const FEW = 8;

interface Props {
  label: string;
  choices: readonly Choice[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

/** Check boxes to choose any of some things; long lists are searched. */
export function ChoiceList({ label, choices, chosen, onChange }: Props) {
  const { t } = useLingui();
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLocaleLowerCase();
  // what is chosen stays in sight whatever is searched for
  const found = choices.filter((it) => it.label.toLocaleLowerCase().includes(wanted) || chosen.includes(it.value));
  return (
    <div className={classes.list}>
      {choices.length > FEW && (
        <TextInput
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          placeholder={t`Search`}
          aria-label={t`Search in ${label}`}
          data-autofocus
        />
      )}
      <Checkbox.Group value={[...chosen]} onChange={onChange} aria-label={label}>
        <div className={classes.choices}>
          {found.map(({ value, label: text }) => (
            <Checkbox key={value} value={value} label={<bdi>{text}</bdi>} size="xs" />
          ))}
          {found.length === 0 && (
            <p className="faint">
              <Trans>Nothing found.</Trans>
            </p>
          )}
        </div>
      </Checkbox.Group>
    </div>
  );
}
