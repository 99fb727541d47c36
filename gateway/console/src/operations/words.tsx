import { Plural, Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { groupsQuery } from "../groups/queries";
import { useMay } from "../shell/session";
import { formatCount } from "../ui/format";
import { CANCELLED, type Operation } from "./queries";

type Metadata = NonNullable<Operation["metadata"]>;

/** Items of an operation, as numbers. */
export function countsOf({ metadata }: Operation): { done: number; failed: number; total: number } {
  const { doneCount = "0", failedCount = "0", totalCount = "0" }: Partial<Metadata> = metadata ?? {};
  return { done: Number(doneCount), failed: Number(failedCount), total: Number(totalCount) };
}

/** Whether somebody ended it before its end. */
export function wasCancelled(operation: Operation): boolean {
  return operation.error?.code === CANCELLED;
}

/** What an operation does. */
export function OperationTitle({ operation }: { operation: Operation }): ReactNode {
  const may = useMay();
  const { action = "", target = "", kind = "" }: Partial<Metadata> = operation.metadata ?? {};
  const groups = useQuery({ ...groupsQuery, enabled: target.startsWith("groups/") && may("GROUP_READ") });
  const group = groups.data?.find(({ name }) => name === target)?.displayName ?? "…";
  const { total } = countsOf(operation);
  switch (action) {
    case "delete":
      return total ? (
        <Plural value={total} one="Delete # customer" other="Delete # customers" />
      ) : (
        <Trans>Delete customers</Trans>
      );
    case "delete_with_history":
      return total ? (
        <Plural value={total} one="Delete # customer and the history" other="Delete # customers and their histories" />
      ) : (
        <Trans>Delete customers and their histories</Trans>
      );
    case "add_to_group":
      return total ? (
        <Plural value={total} one={`Add # customer to ${group}`} other={`Add # customers to ${group}`} />
      ) : (
        <Trans>Add customers to {group}</Trans>
      );
    case "remove_from_group":
      return total ? (
        <Plural value={total} one={`Remove # customer from ${group}`} other={`Remove # customers from ${group}`} />
      ) : (
        <Trans>Remove customers from {group}</Trans>
      );
    case "disable":
      return total ? (
        <Plural value={total} one="Disable the sign-in of # customer" other="Disable the sign-in of # customers" />
      ) : (
        <Trans>Disable the sign-in of customers</Trans>
      );
    case "enable":
      return total ? (
        <Plural value={total} one="Let # customer sign in again" other="Let # customers sign in again" />
      ) : (
        <Trans>Let customers sign in again</Trans>
      );
    default:
      return kind;
  }
}

/** How far it has come, or what it came to. */
export function OperationProgress({ operation }: { operation: Operation }): ReactNode {
  const { done, failed, total: number } = countsOf(operation);
  const [all, total] = [formatCount(done + failed), formatCount(number)];
  if (!operation.done) {
    if (operation.metadata?.cancelRequested) return <Trans>Stopping…</Trans>;
    if (!number) return <Trans>Starting…</Trans>;
    return (
      <Trans>
        {all} of {total}
      </Trans>
    );
  }
  const said: ReactNode[] = [];
  if (wasCancelled(operation)) {
    said.push(<Plural key="stopped" value={done} one="Stopped after # was done" other="Stopped after # were done" />);
  } else if (operation.error) {
    said.push(<Trans key="broken">Stopped: {operation.error.message}</Trans>);
  } else {
    said.push(<Plural key="done" value={done} one="# done" other="# done" />);
  }
  if (failed) said.push(", ", <Plural key="failed" value={failed} one="# failed" other="# failed" />);
  return said;
}
