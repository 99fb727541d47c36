import { Trans } from "@lingui/react/macro";
import { Menu } from "@mantine/core";
import {
  IconKey,
  IconLock,
  IconLockOpen,
  IconPhone,
  IconShieldQuestion,
  IconUserCheck,
  IconUserX,
} from "@tabler/icons-react";
import { openDialog } from "../shell/dialogs";
import { useMay } from "../shell/session";
import { DecisionDialog } from "./DecisionDialog";
import type { Account, Decision } from "./queries";
import { ReasonDialog } from "./ReasonDialog";
import { ResetCodeDialog } from "./ResetCodeDialog";
import { SecurityAnswerDialog } from "./SecurityAnswerDialog";
import { VerifyDialog } from "./VerifyDialog";

/** What can be done with the sign-in of a customer, as items of a menu. Nothing where there is none. */
export function AccountActions({ id, account, name }: { id: string; account: Account | undefined; name: string }) {
  const may = useMay();
  if (!account) return null;
  const disabled = account.status === "STATUS_DISABLED";
  const { approval } = account;
  const decide = (decision: Decision) =>
    openDialog((close) => <DecisionDialog decision={decision} customers={[{ id, name }]} onClose={close} />);
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
      {may("CUSTOMER_UPDATE") && (
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
      {may("CUSTOMER_APPROVE") && (approval === "APPROVAL_NEEDED" || approval === "APPROVAL_DECLINED") && (
        <Menu.Item leftSection={<IconUserCheck size={15} aria-hidden />} onClick={() => decide("approve")}>
          <Trans>Approve</Trans>
        </Menu.Item>
      )}
      {may("CUSTOMER_APPROVE") && approval === "APPROVAL_NEEDED" && (
        <Menu.Item leftSection={<IconUserX size={15} aria-hidden />} onClick={() => decide("decline")}>
          <Trans>Decline</Trans>
        </Menu.Item>
      )}
      {may("CUSTOMER_APPROVE") && approval === "APPROVAL_APPROVED" && (
        <Menu.Item leftSection={<IconUserX size={15} aria-hidden />} onClick={() => decide("decline")}>
          <Trans>Withdraw approval</Trans>
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
