import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { sayDone } from "../ui/notify";
import { PasswordForm } from "./PasswordForm";
import { Profile } from "./Profile";
import { sessionsQuery } from "./queries";
import { SessionList } from "./SessionList";
import classes from "./Sessions.module.css";

/** Who is signed in: name, password, and where else. */
export function OwnScreen() {
  const client = useQueryClient();
  function changed() {
    sayDone(<Trans>The password was changed. All other sessions were ended.</Trans>);
    void client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  }
  return (
    <div className={classes.screen}>
      <h1>
        <Trans>Your account</Trans>
      </h1>
      <section className={classes.section}>
        <h2>
          <Trans>Profile</Trans>
        </h2>
        <Profile />
      </section>
      <section className={classes.section}>
        <h2>
          <Trans>Sessions</Trans>
        </h2>
        <p className="faint">
          <Trans>End what you do not know, and change your password.</Trans>
        </p>
        <SessionList />
      </section>
      <section className={classes.section}>
        <h2>
          <Trans>Password</Trans>
        </h2>
        <PasswordForm onChanged={changed} />
      </section>
    </div>
  );
}
