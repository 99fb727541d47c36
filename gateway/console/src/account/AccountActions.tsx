import { Trans } from "@lingui/react/macro";
import { Menu } from "@mantine/core";
import { IconKey, IconLock, IconLockOpen } from "@tabler/icons-react";
import { openDialog } from "../shell/dialogs";
import { useMay } from "../shell/session";
import type { Account } from "./queries";
import { ReasonDialog } from "./ReasonDialog";
import { ResetCodeDialog } from "./ResetCodeDialog";

/** What can be done with the sign-in of a customer, as items of a menu. Nothing where there is none. */
export function AccountActions({ id, account, name }: { id: string; account: Account | undefined; name: string }) {
  const may = useMay();
  if (!account) return null;
  const disabled = account.status === "STATUS_DISABLED";
  return (
    <>
      {may("CUSTOMER_SEND_RESET") && (
        <Menu.Item
          leftSection={<IconKey size={15} aria-hidden />}
          onClick={() => openDialog((close) => <ResetCodeDialog id={id} name={name} onClose={close} />)}
        >
          <Trans>Give a code for a new password</Trans>
        </Menu.Item>
      )}
      {may("CUSTOMER_DISABLE") && (
        <Menu.Item
          leftSection={disabled ? <IconLockOpen size={15} aria-hidden /> : <IconLock size={15} aria-hidden />}
          onClick={() =>
            openDialog((close) => (
              <ReasonDialog id={id} name={name} step={disabled ? "enable" : "disable"} onClose={close} />
            ))
          }
        >
          {disabled ? <Trans>Let sign in again</Trans> : <Trans>Disable sign-in</Trans>}
        </Menu.Item>
      )}
    </>
  );
}
