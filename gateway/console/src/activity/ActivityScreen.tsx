import { Trans } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { IconUserOff } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import classes from "./ActivityScreen.module.css";
import { Timeline } from "./Timeline";

/** What happened to all customers whom the person may see, and to what concerns none. */
export function ActivityScreen() {
  return (
    <div className={classes.screen}>
      <header className={classes.head}>
        <h1>
          <Trans>Activity</Trans>
        </h1>
        <Button
          variant="default"
          leftSection={<IconUserOff size={15} aria-hidden />}
          renderRoot={(props) => <Link {...props} to="/activity/deleted" />}
        >
          <Trans>Deleted customers</Trans>
        </Button>
      </header>
      <Timeline />
    </div>
  );
}
