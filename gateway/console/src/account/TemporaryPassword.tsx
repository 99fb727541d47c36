import { Trans, useLingui } from "@lingui/react/macro";
import { Button, PasswordInput } from "@mantine/core";
import { suggestPassword } from "./suggest";
import classes from "./TemporaryPassword.module.css";

interface Props {
  id?: string;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
  autoFocus?: boolean;
  /** Where it is to be typed twice: what was typed the second time. */
  again?: { id: string; value: string; error: string | undefined; onChange: (value: string) => void };
}

/** A temporary password of a customer: typed, or made up. */
export function TemporaryPassword({ value, error, onChange, autoFocus = false, id, again }: Props) {
  const { t } = useLingui();
  return (
    <div>
      <PasswordInput
        {...(id && { id })}
        label={t`Temporary password`}
        description={t`At least 12 characters. Good for 72 hours, and to be changed at the first sign-in.`}
        autoComplete="new-password"
        maxLength={128}
        value={value}
        error={error}
        visibilityToggleButtonProps={{ "aria-label": t`Show password`, tabIndex: 0 }}
        onChange={(event) => onChange(event.currentTarget.value)}
        {...(autoFocus && { "data-autofocus": true })}
      />
      <Button
        className={classes.suggest}
        variant="subtle"
        size="compact-xs"
        onClick={() => {
          const password = suggestPassword();
          onChange(password);
          again?.onChange(password);
        }}
      >
        <Trans>Make one up</Trans>
      </Button>
      {again && value !== "" && (
        <PasswordInput
          id={again.id}
          label={t`Temporary password again`}
          autoComplete="new-password"
          maxLength={128}
          value={again.value}
          error={again.error}
          visibilityToggleButtonProps={{ "aria-label": t`Show password`, tabIndex: 0 }}
          onChange={(event) => again.onChange(event.currentTarget.value)}
        />
      )}
    </div>
  );
}
