import { Trans } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { IconKey, IconLock, IconLockOpen, IconPassword } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Account } from "../../../account/queries";
import { ReasonDialog } from "../../../account/ReasonDialog";
import { ResetCodeDialog } from "../../../account/ResetCodeDialog";
import { SecurityQuestion } from "../../../account/SecurityQuestion";
import { SetPasswordDialog } from "../../../account/SetPasswordDialog";
import { SignInDoctor } from "../../../account/SignInDoctor";
import { openDialog } from "../../../shell/dialogs";
import { useMay } from "../../../shell/session";
import { CopyText } from "../../../ui/CopyText";
import { formatTime } from "../../../ui/format";
import { Status } from "../../../ui/Status";
import { fullName } from "../../queries";
import type { SectionProps } from "../sections";
import classes from "./Access.module.css";

/** With what a customer signs in, whether that works, and what can be done about it. */
export default function Access({ id, overview }: SectionProps) {
  const name = overview.customer ? fullName(overview.customer) : "";
  return (
    <div className={classes.access}>
      <section aria-labelledby="access-now">
        <h2 id="access-now">
          <Trans>Can the customer sign in?</Trans>
        </h2>
        <SignInDoctor id={id} name={name} />
      </section>
      {overview.account && <Known id={id} name={name} account={overview.account} />}
      {overview.account && (
        <section aria-labelledby="access-question">
          <h2 id="access-question">
            <Trans>Security question</Trans>
          </h2>
          <SecurityQuestion
            id={id}
            name={name}
            question={overview.account.securityQuestion ?? ""}
            className={classes.buttons}
          />
        </section>
      )}
    </div>
  );
}

function Known({ id, name, account }: { id: string; name: string; account: Account }) {
  const may = useMay();
  const disabled = account.status === "STATUS_DISABLED";
  const declined = account.approval === "APPROVAL_DECLINED";
  // whoever has signed in before has a password of their own: the API then asks for more
  const sets = may("CUSTOMER_SEND_RESET") && (!account.lastSignInTime || may("CUSTOMER_IMPERSONATE"));
  return (
    <section aria-labelledby="access-account">
      <h2 id="access-account">
        <Trans>Account</Trans>
      </h2>
      <dl className={classes.pairs}>
        <Pair label={<Trans>Status</Trans>}>
          <Status status={account.status} />
          {account.statusReason && <bdi className="faint">{account.statusReason}</bdi>}
        </Pair>
        <Pair label={<Trans>Username</Trans>}>
          {account.username ? <CopyText text={account.username} /> : <Trans>None: signs in by email only</Trans>}
          <span className="faint">
            <Trans>It never changes.</Trans>
          </span>
        </Pair>
        <Pair label={<Trans>Last sign-in</Trans>}>{formatTime(account.lastSignInTime) || <Trans>Never</Trans>}</Pair>
        <Pair label={<Trans>Password</Trans>}>
          <Password account={account} />
        </Pair>
        <Pair label={<Trans>Account created</Trans>}>{formatTime(account.createTime)}</Pair>
      </dl>
      <div className={classes.buttons}>
        {may("CUSTOMER_SEND_RESET") && (
          <Button
            variant="default"
            leftSection={<IconKey size={15} aria-hidden />}
            onClick={() => openDialog((close) => <ResetCodeDialog id={id} name={name} onClose={close} />)}
          >
            <Trans>Give a code for a new password</Trans>
          </Button>
        )}
        {sets && (
          <Button
            variant="default"
            leftSection={<IconPassword size={15} aria-hidden />}
            onClick={() => openDialog((close) => <SetPasswordDialog id={id} name={name} onClose={close} />)}
          >
            <Trans>Set a temporary password</Trans>
          </Button>
        )}
        {may("CUSTOMER_DISABLE") && !declined && (
          <Button
            variant="default"
            leftSection={disabled ? <IconLockOpen size={15} aria-hidden /> : <IconLock size={15} aria-hidden />}
            onClick={() =>
              openDialog((close) => (
                <ReasonDialog id={id} name={name} step={disabled ? "enable" : "disable"} onClose={close} />
              ))
            }
          >
            {disabled ? <Trans>Let sign in again</Trans> : <Trans>Disable sign-in</Trans>}
          </Button>
        )}
      </div>
    </section>
  );
}

function Password({ account }: { account: Account }) {
  const time = formatTime(account.passwordSetTime);
  if (!account.passwordSet) return <Trans>None yet</Trans>;
  if (account.passwordTemporary) return <Trans>Temporary, set {time}</Trans>;
  if (account.passwordGivenBy) return <Trans>Reset with a code from staff, {time}</Trans>;
  return <Trans>Chosen by the customer, {time}</Trans>;
}

function Pair({ label, children }: { label: ReactNode; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
