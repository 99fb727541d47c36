import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal, Textarea } from "@mantine/core";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { sayDone } from "../ui/notify";
import { useProblemText } from "../ui/words";
import { useAccountActions } from "./queries";

/** What is done with the sign-in of a customer, for a reason. */
export type Step = "disable" | "enable" | "approve";

interface Props {
  id: string;
  name: string;
  step: Step;
  onClose: () => void;
}

/** Keeps a customer from signing in, lets them again, or approves them, with a reason for the history. */
export function ReasonDialog({ id, name, step, onClose }: Props) {
  const { t } = useLingui();
  const inWords = useProblemText();
  const [reason, setReason] = useState("");
  const action = useAccountActions(id)[step];
  const words = {
    disable: {
      title: <Trans>Disable the sign-in of {name}</Trans>,
      verb: <Trans>Disable sign-in</Trans>,
      done: <Trans>{name} can no longer sign in.</Trans>,
    },
    enable: {
      title: <Trans>Let {name} sign in again</Trans>,
      verb: <Trans>Let sign in again</Trans>,
      done: <Trans>The sign-in of {name} is no longer disabled.</Trans>,
    },
    approve: {
      title: <Trans>Approve {name}</Trans>,
      verb: <Trans>Approve</Trans>,
      done: <Trans>{name} was approved.</Trans>,
    },
  }[step];

  function confirm() {
    action.mutate(reason.trim(), {
      onSuccess: ({ traceId }) => {
        onClose();
        sayDone(words.done, traceId);
      },
    });
  }

  return (
    <Modal opened onClose={onClose} title={words.title} closeButtonProps={{ "aria-label": t`Close` }}>
      {step === "disable" && (
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
        <Button color={step === "disable" ? "red" : "indigo"} onClick={confirm} loading={action.isPending}>
          {words.verb}
        </Button>
      </Group>
    </Modal>
  );
}
