import { Trans, useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import type { Account } from "../../../account/queries";
import { CHANNELS } from "../../../fieldPolicy/rules";
import { CopyText } from "../../../ui/CopyText";
import { formatTime } from "../../../ui/format";
import { Status } from "../../../ui/Status";
import { type Customer, idOf } from "../../queries";
import classes from "../Record.module.css";

interface Props {
  customer: Customer;
  account: Account | undefined;
  /** True where identity does not answer, so that nothing is known of the account. */
  missing: boolean;
}

/** What nobody writes: the sign-in, ids and times. */
export function Aside({ customer, account, missing }: Props) {
  const { i18n } = useLingui();
  const channel = CHANNELS.find(({ value }) => value === customer.channel);
  return (
    <aside className={classes.aside}>
      <section className={classes.group}>
        <h2>
          <Trans>Sign-in</Trans>
        </h2>
        {account ? (
          <dl className={classes.pairs}>
            <Pair label={<Trans>Status</Trans>}>
              <Status status={account.status} />
            </Pair>
            <Pair label={<Trans>Username</Trans>}>
              {account.username ? <CopyText text={account.username} /> : <Trans>By email only</Trans>}
            </Pair>
            <Pair label={<Trans>Last sign-in</Trans>}>
              {formatTime(account.lastSignInTime) || <Trans>Never</Trans>}
            </Pair>
            <Pair label={<Trans>Password</Trans>}>
              {!account.passwordSet ? (
                <Trans>None yet</Trans>
              ) : account.passwordTemporary ? (
                <Trans>Temporary, set {formatTime(account.passwordSetTime)}</Trans>
              ) : (
                <Trans>Set {formatTime(account.passwordSetTime)}</Trans>
              )}
            </Pair>
            <Pair label={<Trans>Security question</Trans>}>
              {account.securityQuestion ? <bdi>{account.securityQuestion}</bdi> : <Trans>None</Trans>}
            </Pair>
          </dl>
        ) : missing ? (
          <p className="faint">
            <Trans>This cannot be read now. Try again in a moment.</Trans>
          </p>
        ) : (
          <p className="faint">
            <Trans>This customer has no account to sign in with.</Trans>
          </p>
        )}
      </section>
      <section className={classes.group}>
        <h2>
          <Trans>Record</Trans>
        </h2>
        <dl className={classes.pairs}>
          <Pair label={<Trans>Number</Trans>}>
            <CopyText text={customer.number ?? ""} />
          </Pair>
          <Pair label={<Trans>ID</Trans>}>
            <CopyText text={idOf(customer.name)} />
          </Pair>
          {channel && <Pair label={<Trans>Channel</Trans>}>{i18n._(channel.label)}</Pair>}
          <Pair label={<Trans>Created</Trans>}>{formatTime(customer.createTime)}</Pair>
          <Pair label={<Trans>Changed</Trans>}>{formatTime(customer.updateTime)}</Pair>
        </dl>
      </section>
    </aside>
  );
}

function Pair({ label, children }: { label: ReactNode; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
