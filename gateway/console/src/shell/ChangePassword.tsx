import { Trans } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { PasswordForm } from "../sessions/PasswordForm";
import classes from "./SignIn.module.css";
import { useSessionActions } from "./session";

/** Changes a temporary password, without which nothing else can be done. */
export function ChangePassword() {
  const { signOut } = useSessionActions();
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
        <PasswordForm first />
        <Button variant="subtle" color="gray" size="sm" onClick={() => void signOut().then(() => location.reload())}>
          <Trans>Sign out</Trans>
        </Button>
      </div>
    </main>
  );
}
