import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal, Textarea } from "@mantine/core";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { sayDone } from "../ui/notify";
import { useProblemText } from "../ui/words";
import { useAccountActions } from "./queries";

interface Props {
  id: string;
  name: string;
  /** Whether the customer is disabled now, and so is to be let in again. */
  disabled: boolean;
  onClose: () => void;
}

/** Keeps a customer from signing in, or lets them again, with a reason for the history. */
export function DisableDialog({ id, name, disabled, onClose }: Props) {
  const { t } = useLingui();
  const inWords = useProblemText();
  const [reason, setReason] = useState("");
  const { disable, enable } = useAccountActions(id);
  const action = disabled ? enable : disable;

  function confirm() {
    action.mutate(reason.trim(), {
      onSuccess: ({ traceId }) => {
        onClose();
        sayDone(
          disabled ? <Trans>{name} can sign in again.</Trans> : <Trans>{name} can no longer sign in.</Trans>,
          traceId,
        );
      },
    });
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={disabled ? <Trans>Let {name} sign in again</Trans> : <Trans>Disable the sign-in of {name}</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      {!disabled && (
        <p>
          <Trans>Every session ends at once. The record stays as it is.</Trans>
        </p>
      )}
      <Textarea
        label={t`Reason, for the history`}
        dir="auto"
        maxLength={400}
        autosize
        minRows={2}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        data-autofocus
      />
      {action.isError && (
        <Alert color="red" variant="light" role="alert" mt="md">
          {inWords(asProblem(action.error))}
        </Alert>
      )}
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button color={disabled ? "indigo" : "red"} onClick={confirm} loading={action.isPending}>
          {disabled ? <Trans>Let sign in again</Trans> : <Trans>Disable sign-in</Trans>}
        </Button>
      </Group>
    </Modal>
  );
}
