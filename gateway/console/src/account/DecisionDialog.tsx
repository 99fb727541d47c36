import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal, Textarea } from "@mantine/core";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { sayDone } from "../ui/notify";
import { useProblemText } from "../ui/words";
import { type Decision, useDecide } from "./queries";

interface Props {
  decision: Decision;
  customers: readonly { id: string; name: string }[];
  onClose: () => void;
  /** Takes the ids of those about whom it was decided. */
  onDecided?: (ids: string[]) => void;
}

/** Approves or declines customers, with a reason for the history. Says of each who is left why. */
export function DecisionDialog({ decision, customers: asked, onClose, onDecided }: Props) {
  const { t } = useLingui();
  const inWords = useProblemText();
  const [customers, setCustomers] = useState(asked);
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  const decide = useDecide();
  const refused = decide.data ?? [];
  const [first] = customers;
  const name = first?.name ?? "";
  const count = customers.length;
  const approves = decision === "approve";

  function confirm(event?: FormEvent) {
    event?.preventDefault();
    if (!approves && !reason.trim()) return setMissing(true);
    const ids = customers.map(({ id }) => id);
    decide.mutate(
      { decision, ids, reason: reason.trim() },
      {
        onSuccess: (left) => {
          const open = new Set(left.map(({ id }) => id));
          const done = ids.filter((id) => !open.has(id));
          onDecided?.(done);
          const decided = done.length;
          if (decided > 0) {
            const only = customers.find(({ id }) => id === done[0])?.name;
            if (decided === 1)
              sayDone(approves ? <Trans>{only} is approved.</Trans> : <Trans>{only} is declined.</Trans>);
            else if (approves)
              sayDone(<Plural value={decided} one="# customer is approved." other="# customers are approved." />);
            else sayDone(<Plural value={decided} one="# customer is declined." other="# customers are declined." />);
          }
          if (open.size === 0) onClose();
          else setCustomers((before) => before.filter(({ id }) => open.has(id)));
        },
      },
    );
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={
        count === 1 ? (
          approves ? (
            <Trans>Approve {name}</Trans>
          ) : (
            <Trans>Decline {name}</Trans>
          )
        ) : approves ? (
          <Plural value={count} one="Approve # customer" other="Approve # customers" />
        ) : (
          <Plural value={count} one="Decline # customer" other="Decline # customers" />
        )
      }
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <form
        noValidate
        onSubmit={confirm}
        onKeyDown={(event: KeyboardEvent) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) confirm();
        }}
      >
        <p style={{ marginTop: 0 }}>
          {approves ? (
            <Trans>Whoever is approved can sign in at once, and is not asked about again.</Trans>
          ) : (
            <Trans>Whoever is declined cannot sign in. Every session ends, and the record stays as it is.</Trans>
          )}
        </p>
        <Textarea
          label={t`Reason, for the history`}
          dir="auto"
          maxLength={400}
          autosize
          minRows={2}
          value={reason}
          onChange={(event) => {
            setReason(event.currentTarget.value);
            setMissing(false);
          }}
          required={!approves}
          error={missing && t`Say why, so that others know.`}
          data-autofocus
        />
        {refused.length > 0 && (
          <Alert color="red" variant="light" role="alert" mt="md">
            <Trans>Nothing was decided about:</Trans>
            <ul>
              {refused.map(({ id, problem }) => (
                <li key={id}>
                  <bdi>{asked.find((it) => it.id === id)?.name}</bdi>: {inWords(problem)}
                </li>
              ))}
            </ul>
          </Alert>
        )}
        <Group justify="flex-end" gap="xs" mt="lg">
          <Button variant="default" onClick={onClose}>
            {refused.length > 0 ? <Trans>Close</Trans> : <Trans>Cancel</Trans>}
          </Button>
          <Button type="submit" color={approves ? "indigo" : "red"} loading={decide.isPending}>
            {refused.length > 0 ? <Trans>Try again</Trans> : approves ? <Trans>Approve</Trans> : <Trans>Decline</Trans>}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
