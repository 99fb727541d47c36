import { Trans, useLingui } from "@lingui/react/macro";
import { Checkbox, Input } from "@mantine/core";
import { useSession } from "../shell/session";
import classes from "./Staff.module.css";
import { PERMISSIONS } from "./words";

interface Props {
  value: readonly string[];
  error: string | undefined;
  onChange: (chosen: string[]) => void;
}

const ALL: readonly string[] = PERMISSIONS.flatMap((about) => about.permissions.map(([permission]) => permission));

/** What a role allows: a check box a permission, by what it is about. What the person may not do, they cannot give. */
export function PermissionChoice({ value, error, onChange }: Props) {
  const { i18n } = useLingui();
  const own: readonly string[] = useSession().permissions;
  const limited = ALL.some((permission) => !own.includes(permission));

  function set(permissions: readonly string[], checked: boolean) {
    const chosen = new Set(value);
    for (const permission of permissions) checked ? chosen.add(permission) : chosen.delete(permission);
    // always in one order, so that what is chosen and taken away again is no change
    onChange([...chosen].toSorted((left, right) => ALL.indexOf(left) - ALL.indexOf(right)));
  }

  return (
    <div>
      {error && <Input.Error role="alert">{error}</Input.Error>}
      {limited && (
        <p className="faint">
          <Trans>What you may not do yourself, you cannot give.</Trans>
        </p>
      )}
      <div className={classes.permissions}>
        {PERMISSIONS.map(({ label, permissions }) => {
          const these = permissions.map(([permission]) => permission).filter((it) => own.includes(it));
          const chosen = these.filter((it) => value.includes(it)).length;
          return (
            <fieldset key={i18n._(label)}>
              <legend>
                <Checkbox
                  size="xs"
                  label={i18n._(label)}
                  checked={these.length > 0 && chosen === these.length}
                  indeterminate={chosen > 0 && chosen < these.length}
                  disabled={these.length === 0}
                  onChange={(event) => set(these, event.currentTarget.checked)}
                />
              </legend>
              {permissions.map(([permission, words]) => (
                <Checkbox
                  key={permission}
                  size="xs"
                  label={i18n._(words)}
                  checked={value.includes(permission)}
                  disabled={!own.includes(permission)}
                  onChange={(event) => set([permission], event.currentTarget.checked)}
                />
              ))}
            </fieldset>
          );
        })}
      </div>
    </div>
  );
}
