import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal, PasswordInput } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";
import { onStepUp } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useProblemText } from "../ui/words";
import { useEscape } from "./escape";
import classes from "./SignIn.module.css";
import { useSession, useSessionActions } from "./session";

/**
 * Asks for the password over whatever is on the screen when the API wants it anew. Then what was asked for goes on by itself; where the
 * person gives up, it is refused and everything stays as it was.
 */
export function StepUp() {
  const [waiting, setWaiting] = useState<(done: boolean) => void>();
  useEscape(waiting !== undefined, () => waiting?.(false));

  useEffect(() => {
    let asked: Promise<boolean> | undefined;
    // several calls that come together wait for one answer
    onStepUp(() => {
      asked ??= new Promise<boolean>((resolve) => setWaiting(() => resolve)).finally(() => {
        asked = undefined;
        setWaiting(undefined);
      });
      return asked;
    });
  }, []);

  const { t } = useLingui();
  return (
    <Modal
      opened={waiting !== undefined}
      onClose={() => waiting?.(false)}
      title={<Trans>Your password, please</Trans>}
      size="sm"
      zIndex={300}
      closeOnEscape={false}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      {waiting && <Question onDone={() => waiting(true)} onGiveUp={() => waiting(false)} />}
    </Modal>
  );
}

function Question({ onDone, onGiveUp }: { onDone: () => void; onGiveUp: () => void }) {
  const { t } = useLingui();
  const { username, user } = useSession();
  const { signIn } = useSessionActions();
  const inWords = useProblemText();
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    event.stopPropagation();
    setBusy(true);
    setProblem(undefined);
    try {
      const session = await signIn(username, password);
      if (session.user === user) onDone();
      else onGiveUp();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  }

  const wrong = problem?.reason === "CREDENTIALS_INVALID";
  return (
    <form className={classes.form} onSubmit={submit}>
      <p>
        <Trans>You signed in a while ago. Confirm that it is you, and it goes on by itself.</Trans>
      </p>
      {problem && !wrong && (
        <Alert color="red" variant="light" role="alert">
          {inWords(problem)}
        </Alert>
      )}
      {/* tells the browser's keeper of passwords whose it is */}
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      <PasswordInput
        label={t`Password of ${username}`}
        autoComplete="current-password"
        maxLength={128}
        size="sm"
        value={password}
        error={wrong && t`This is not your password.`}
        onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ "aria-label": t`Show password`, tabIndex: 0 }}
        data-autofocus
      />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onGiveUp}>
          <Trans>Cancel</Trans>
        </Button>
        <Button type="submit" loading={busy} disabled={password === ""}>
          <Trans>Continue</Trans>
        </Button>
      </Group>
    </form>
  );
}
