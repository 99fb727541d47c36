import { Trans } from "@lingui/react/macro";
import { Menu } from "@mantine/core";
import { IconKey, IconLock, IconLockOpen, IconPhone, IconShieldQuestion } from "@tabler/icons-react";
import { openDialog } from "../shell/dialogs";
import { useMay } from "../shell/session";
import { DisableDialog } from "./DisableDialog";
import type { Account } from "./queries";
import { ResetCodeDialog } from "./ResetCodeDialog";
import { SecurityAnswerDialog } from "./SecurityAnswerDialog";
import { VerifyDialog } from "./VerifyDialog";

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
      {may("CUSTOMER_SEND_RESET") && account.securityQuestion && (
        <Menu.Item
          leftSection={<IconPhone size={15} aria-hidden />}
          onClick={() =>
            openDialog((close) => (
              <VerifyDialog id={id} name={name} question={account.securityQuestion ?? ""} onClose={close} />
            ))
          }
        >
          <Trans>Ask the security question</Trans>
        </Menu.Item>
      )}
      {may("CUSTOMER_SEND_RESET") && (
        <Menu.Item
          leftSection={<IconShieldQuestion size={15} aria-hidden />}
          onClick={() =>
            openDialog((close) => (
              <SecurityAnswerDialog id={id} asked={account.securityQuestion ?? ""} onClose={close} />
            ))
          }
        >
          <Trans>Set the security question</Trans>
        </Menu.Item>
      )}
      {may("CUSTOMER_DISABLE") && (
        <Menu.Item
          leftSection={disabled ? <IconLockOpen size={15} aria-hidden /> : <IconLock size={15} aria-hidden />}
          onClick={() =>
            openDialog((close) => <DisableDialog id={id} name={name} disabled={disabled} onClose={close} />)
          }
        >
          {disabled ? <Trans>Let sign in again</Trans> : <Trans>Disable sign-in</Trans>}
        </Menu.Item>
      )}
    </>
  );
}
