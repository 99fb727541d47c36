import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Group, Modal, Radio } from "@mantine/core";
import { useState } from "react";
import classes from "./ConflictDialog.module.css";
import { FieldView } from "./FieldView";
import { type Field, fromInput, type Values } from "./fields";
import type { Conflict } from "./useEdit";

interface Props {
  conflict: Conflict | undefined;
  fields: readonly Field[];
  values: Values;
  /** Takes the names of the fields where the other person's value is to stay. */
  onResolve: (theirs: string[]) => void;
  onClose: () => void;
}

/** Shows, field by field, what somebody else saved meanwhile and what this person wrote, and has them choose. */
export function ConflictDialog({ conflict, onClose, ...rest }: Props) {
  const { t } = useLingui();
  return (
    <Modal
      opened={Boolean(conflict)}
      onClose={onClose}
      size="lg"
      title={<Trans>Somebody else changed this meanwhile</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      {conflict && <Choices conflict={conflict} onClose={onClose} {...rest} />}
    </Modal>
  );
}

function Choices({ conflict, fields, values, onResolve, onClose }: Props & { conflict: Conflict }) {
  const { t, i18n } = useLingui();
  const shown = fields.filter(({ name }) => conflict.fields.includes(name));
  const [chosen, setChosen] = useState<Record<string, string>>({});
  const current = conflict.current as Record<string, unknown>;
  const undecided = shown.some(({ name }) => !chosen[name]);
  return (
    <>
      <p className="faint">
        <Trans>Choose what is to stand. What else you changed is saved as you wrote it.</Trans>
      </p>
      {shown.map((field) => (
        <Radio.Group
          key={field.name}
          className={classes.field}
          label={i18n._(field.label)}
          value={chosen[field.name] ?? null}
          onChange={(value) => setChosen((before) => ({ ...before, [field.name]: value }))}
        >
          <div className={classes.sides}>
            <Radio.Card value="theirs" className={classes.side} aria-label={t`As they saved it`}>
              <Radio.Indicator size="xs" />
              <span>
                <small className="faint">
                  <Trans>As they saved it</Trans>
                </small>
                <FieldView field={field} value={current[field.name]} />
              </span>
            </Radio.Card>
            <Radio.Card value="mine" className={classes.side} aria-label={t`As you wrote it`}>
              <Radio.Indicator size="xs" />
              <span>
                <small className="faint">
                  <Trans>As you wrote it</Trans>
                </small>
                <FieldView field={field} value={fromInput(field, values[field.name])} />
              </span>
            </Radio.Card>
          </div>
        </Radio.Group>
      ))}
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={onClose}>
          <Trans>Go on editing</Trans>
        </Button>
        <Button
          disabled={undecided}
          onClick={() => onResolve(shown.map(({ name }) => name).filter((name) => chosen[name] === "theirs"))}
        >
          <Trans>Save</Trans>
        </Button>
      </Group>
    </>
  );
}
