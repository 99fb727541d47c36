import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, PasswordInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { asProblem, type Problem } from "../api/problem";
import { useSessionActions } from "../shell/session";
import { violationText } from "../ui/violations";
import { useProblemText } from "../ui/words";
import classes from "./Sessions.module.css";

interface Props {
  /** True where the one so far was given by somebody else. */
  first?: boolean;
  onChanged?: () => void;
}

/** Changes the password of who is signed in. */
export function PasswordForm({ first = false, onChanged }: Props) {
  const { t } = useLingui();
  const { changePassword } = useSessionActions();
  const inWords = useProblemText();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const form = useForm({
    initialValues: { old: "", next: "", again: "" },
    validate: {
      old: (value) => (value ? null : t`Fill this in.`),
      // identity's rule for staff
      next: (value) => ([...value].length < 15 ? t`Use at least 15 characters.` : null),
      again: (value, values) => (value === values.next ? null : t`The two are not the same.`),
    },
  });

  async function submit({ old, next }: { old: string; next: string }) {
    setBusy(true);
    setProblem(undefined);
    try {
      await changePassword(old, next);
      form.reset();
      onChanged?.();
    } catch (error) {
      const found = asProblem(error);
      const about = (field: string) => found.violations.find((it) => it.field === field);
      const [old, next] = [about("oldPassword"), about("newPassword")];
      if (old || found.reason === "CREDENTIALS_INVALID") form.setFieldError("old", t`This is not your password.`);
      if (next) form.setFieldError("next", violationText(next.description));
      if (!old && !next && found.reason !== "CREDENTIALS_INVALID") setProblem(found);
    } finally {
      setBusy(false);
    }
  }

  const size = first ? "sm" : "xs";
  const toggle = { "aria-label": t`Show password`, tabIndex: 0 };
  return (
    <form className={classes.form} onSubmit={form.onSubmit(submit)} noValidate>
      {problem && (
        <Alert color="red" variant="light" role="alert">
          {inWords(problem)}
        </Alert>
      )}
      <PasswordInput
        label={t`Current password`}
        autoComplete="current-password"
        autoFocus={first}
        maxLength={128}
        size={size}
        visibilityToggleButtonProps={toggle}
        {...form.getInputProps("old")}
      />
      <PasswordInput
        label={t`New password`}
        description={t`At least 15 characters. A few words are easy to keep in mind.`}
        autoComplete="new-password"
        maxLength={128}
        size={size}
        visibilityToggleButtonProps={toggle}
        {...form.getInputProps("next")}
      />
      <PasswordInput
        label={t`New password again`}
        autoComplete="new-password"
        maxLength={128}
        size={size}
        visibilityToggleButtonProps={toggle}
        {...form.getInputProps("again")}
      />
      <div>
        <Button type="submit" loading={busy} fullWidth={first} size={size}>
          <Trans>Change password</Trans>
        </Button>
      </div>
    </form>
  );
}
