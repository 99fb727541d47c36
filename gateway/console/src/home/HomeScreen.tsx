import { Trans } from "@lingui/react/macro";
import { useMay, useSession } from "../shell/session";
import screen from "../ui/Screen.module.css";
import classes from "./Home.module.css";
import { LatestChanges } from "./LatestChanges";
import { NewCustomers } from "./NewCustomers";
import { Waiting } from "./Waiting";

/** What is to be done, how many customers came, and what changed last. */
export function HomeScreen() {
  const may = useMay();
  const { userDisplayName: name } = useSession();
  return (
    <div className={classes.home}>
      <header className={screen.head}>
        <h1>
          <Trans>Good to see you, {name}</Trans>
        </h1>
      </header>
      <div className={classes.parts}>
        <Waiting />
        {may("CUSTOMER_READ") && <NewCustomers />}
        {may("ACTIVITY_READ") && <LatestChanges />}
      </div>
    </div>
  );
}
