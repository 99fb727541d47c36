import { Trans } from "@lingui/react/macro";
import { useNetwork } from "@mantine/hooks";
import { IconCloudOff } from "@tabler/icons-react";
import classes from "./Offline.module.css";

/** Says that there is no network, and what that means. */
export function Offline() {
  const { online } = useNetwork();
  return (
    <div role="status">
      {!online && (
        <div className={classes.line}>
          <IconCloudOff size={16} aria-hidden />
          <Trans>
            You are offline. You see what was read before; changes cannot be saved until the connection is back.
          </Trans>
        </div>
      )}
    </div>
  );
}
