import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, PasswordInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { asProblem, type Problem } from "../api/problem";
import { useProblemText } from "../ui/words";
import classes from "./SignIn.module.css";
import { useSessionActions } from "./session";

/** Changes a temporary password, without which nothing else can be done. */
export function ChangePassword() {
  const { t } = useLingui();
  const { changePassword, signOut } = useSessionActions();
  const inWords = useProblemText();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const form = useForm({
    initialValues: { old: "", next: "", again: "" },
    validate: {
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
    } catch (error) {
      const found = asProblem(error);
      const about = found.violations.find(({ field }) => field === "newPassword");
      if (found.reason === "CREDENTIALS_INVALID") form.setFieldError("old", t`This is not your password.`);
      else if (about) form.setFieldError("next", about.description);
      else setProblem(found);
      setBusy(false);
    }
  }

  const toggle = { "aria-label": t`Show password`, tabIndex: 0 };
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <div>
          <h1>
            <Trans>Choose your password</Trans>
          </h1>
          <p className="faint">
            <Trans>The one you have was given to you. Choose one that only you know.</Trans>
          </p>
        </div>
        <form className={classes.form} onSubmit={form.onSubmit(submit)}>
          {problem && (
            <Alert color="red" variant="light" role="alert">
              {inWords(problem)}
            </Alert>
          )}
          <PasswordInput
            label={t`Password so far`}
            autoComplete="current-password"
            autoFocus
            size="sm"
            visibilityToggleButtonProps={toggle}
            {...form.getInputProps("old")}
          />
          <PasswordInput
            label={t`New password`}
            description={t`At least 15 characters. A few words are easy to keep in mind.`}
            autoComplete="new-password"
            size="sm"
            visibilityToggleButtonProps={toggle}
            {...form.getInputProps("next")}
          />
          <PasswordInput
            label={t`New password again`}
            autoComplete="new-password"
            size="sm"
            visibilityToggleButtonProps={toggle}
            {...form.getInputProps("again")}
          />
          <Button type="submit" size="sm" loading={busy}>
            <Trans>Change password</Trans>
          </Button>
          <Button variant="subtle" color="gray" size="sm" onClick={() => void signOut().then(() => location.reload())}>
            <Trans>Sign out</Trans>
          </Button>
        </form>
      </div>
    </main>
  );
}
