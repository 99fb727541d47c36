import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, PasswordInput, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { asProblem, type Problem } from "../api/problem";
import { useProblemText } from "../ui/words";
import { LanguageSelect } from "./LanguageSelect";
import classes from "./SignIn.module.css";
import { useSessionActions } from "./session";

/** Signs a member of staff in: a page of its own, or a form within a dialog. */
export function SignIn({ within = false }: { within?: boolean }) {
  const { t } = useLingui();
  const { signIn } = useSessionActions();
  const inWords = useProblemText();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn(String(form.get("identifier")).trim(), String(form.get("password")));
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  }

  const wrong =
    problem?.reason === "CREDENTIALS_INVALID"
      ? t`Username or password is wrong. Check both and try again.`
      : problem && inWords(problem);
  const form = (
    <form className={classes.form} onSubmit={submit}>
      {wrong && (
        <Alert color="red" variant="light" role="alert">
          {wrong}
        </Alert>
      )}
      <TextInput
        name="identifier"
        label={t`Username or email`}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={254}
        required
        withAsterisk={false}
        data-autofocus
        autoFocus
        size="sm"
      />
      <PasswordInput
        name="password"
        label={t`Password`}
        autoComplete="current-password"
        maxLength={128}
        required
        withAsterisk={false}
        size="sm"
        visibilityToggleButtonProps={{ "aria-label": t`Show password`, tabIndex: 0 }}
      />
      <Button type="submit" size="sm" fullWidth loading={busy}>
        <Trans>Sign in</Trans>
      </Button>
    </form>
  );
  if (within) return form;
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <img src="/icon.svg" alt="" width={32} height={32} />
        <h1>
          <Trans>Sign in to Patron</Trans>
        </h1>
        {form}
      </div>
      <LanguageSelect />
    </main>
  );
}
