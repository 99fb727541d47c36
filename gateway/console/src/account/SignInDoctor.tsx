import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Skeleton } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { asProblem } from "../api/problem";
import { openDialog } from "../shell/dialogs";
import { useSession } from "../shell/session";
import { Failure } from "../ui/Failure";
import { formatClock } from "../ui/format";
import { sayDone, sayRefused } from "../ui/notify";
import { CreateAccountDialog } from "./CreateAccountDialog";
import { diagnosisQuery, type Obstacle, useAccountActions } from "./queries";
import { ReasonDialog } from "./ReasonDialog";
import { ResetCodeDialog } from "./ResetCodeDialog";
import classes from "./SignInDoctor.module.css";

interface Props {
  id: string;
  name: string;
}

/** Whether a customer can sign in, what keeps them from it, and a button for what removes each. */
export function SignInDoctor({ id, name }: Props) {
  const diagnosis = useQuery(diagnosisQuery(id));
  if (diagnosis.isPending) return <Skeleton height={40} />;
  if (diagnosis.isError) {
    return <Failure problem={asProblem(diagnosis.error)} onRetry={() => void diagnosis.refetch()} />;
  }
  const { canSignIn, obstacles } = diagnosis.data;
  return (
    <ul className={classes.list} aria-live="polite">
      {canSignIn && (
        <li data-good>
          <IconCircleCheck size={18} aria-hidden />
          <Trans>With the right password {name} can sign in.</Trans>
        </li>
      )}
      {obstacles.map((obstacle) => (
        <li key={obstacle.reason}>
          <IconAlertTriangle size={18} aria-hidden />
          <span>
            <Words obstacle={obstacle} />
          </span>
          <Remedy obstacle={obstacle} id={id} name={name} />
        </li>
      ))}
    </ul>
  );
}

function Words({ obstacle }: { obstacle: Obstacle }): ReactNode {
  const until = obstacle.endTime ? formatClock(obstacle.endTime) : "";
  switch (obstacle.reason) {
    case "REASON_NO_ACCOUNT":
      return <Trans>There is no account to sign in with.</Trans>;
    case "REASON_DISABLED":
      return <Trans>The sign-in is disabled.</Trans>;
    case "REASON_DECLINED":
      return <Trans>The customer was declined.</Trans>;
    case "REASON_PENDING_APPROVAL":
      return <Trans>The customer waits for approval.</Trans>;
    case "REASON_PENDING_VERIFICATION":
      return <Trans>The email is not confirmed yet. The customer does that.</Trans>;
    case "REASON_NO_PASSWORD":
      return <Trans>There is no password yet.</Trans>;
    case "REASON_PASSWORD_EXPIRED":
      return <Trans>The temporary password was not changed in time.</Trans>;
    case "REASON_TOO_MANY_ATTEMPTS":
      return <Trans>After wrong passwords the next attempt must wait until {until}.</Trans>;
    default:
      return obstacle.description;
  }
}

function Remedy({ obstacle, id, name }: Props & { obstacle: Obstacle }) {
  const { t } = useLingui();
  const { permissions } = useSession();
  const { unlock } = useAccountActions(id);
  if (!permissions.includes(obstacle.remedyPermission)) return null;
  const step = (step: "enable" | "approve") => (close: () => void) => (
    <ReasonDialog id={id} name={name} step={step} onClose={close} />
  );
  const remedies: Record<string, [string, (close: () => void) => ReactNode]> = {
    CreateAccount: [t`Create an account`, (close) => <CreateAccountDialog id={id} name={name} onClose={close} />],
    EnableAccount: [t`Let sign in again`, step("enable")],
    ApproveAccount: [t`Approve`, step("approve")],
    CreateResetCode: [t`Give a code`, (close) => <ResetCodeDialog id={id} name={name} onClose={close} />],
  };
  if (obstacle.remedy.endsWith(".UnlockAccount")) {
    const letIn = () =>
      unlock.mutate(undefined, {
        onSuccess: ({ traceId }) => sayDone(<Trans>{name} need not wait any more.</Trans>, traceId),
        onError: sayRefused,
      });
    return (
      <Button variant="default" loading={unlock.isPending} onClick={letIn}>
        <Trans>Unlock</Trans>
      </Button>
    );
  }
  const [label, dialog] = remedies[obstacle.remedy.split(".").at(-1) ?? ""] ?? [];
  if (!label || !dialog) return null;
  return (
    <Button variant="default" onClick={() => openDialog(dialog)}>
      {label}
    </Button>
  );
}
