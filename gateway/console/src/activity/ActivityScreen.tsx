import { Trans } from "@lingui/react/macro";
import classes from "./ActivityScreen.module.css";
import { Timeline } from "./Timeline";

/** What happened to all customers whom the person may see, and to what concerns none. */
export function ActivityScreen() {
  return (
    <div className={classes.screen}>
      <h1>
        <Trans>Activity</Trans>
      </h1>
      <Timeline />
    </div>
  );
}
