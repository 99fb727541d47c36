import { Trans } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { openDialog } from "../shell/dialogs";
import { useMay } from "../shell/session";
import { DecisionDialog } from "./DecisionDialog";
import type { Account, Decision } from "./queries";

/** Approves and declines a customer who waits. Nothing where there is nothing to decide. */
export function DecideButtons({ id, account, name }: { id: string; account: Account | undefined; name: string }) {
  const may = useMay();
  if (account?.status !== "STATUS_PENDING_APPROVAL" || !may("CUSTOMER_APPROVE")) return null;
  const decide = (decision: Decision) =>
    openDialog((close) => <DecisionDialog decision={decision} customers={[{ id, name }]} onClose={close} />);
  return (
    <>
      <Button onClick={() => decide("approve")}>
        <Trans>Approve</Trans>
      </Button>
      <Button variant="default" onClick={() => decide("decline")}>
        <Trans>Decline</Trans>
      </Button>
    </>
  );
}
