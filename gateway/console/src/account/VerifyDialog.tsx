import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal, TextInput } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { formatClock } from "../ui/format";
import { useProblemText } from "../ui/words";
import { useAccountActions } from "./queries";

interface Props {
  id: string;
  /** Who the caller says to be. */
  name: string;
  question: string;
  onClose: () => void;
}

/** Asks a caller the security question, and says whether the answer is right. Every try is kept in the history. */
export function VerifyDialog({ id, name, question, onClose }: Props) {
  const { t } = useLingui();
  const inWords = useProblemText();
  const { verifyAnswer } = useAccountActions(id);
  const [given, setGiven] = useState("");
  const correct = verifyAnswer.data?.correct;
  const problem = verifyAnswer.isError ? asProblem(verifyAnswer.error) : undefined;
  const wait = problem?.reason === "LIMIT_REACHED" ? problem.retryAfter : undefined;
  const again = wait && formatClock(new Date(verifyAnswer.submittedAt + (wait + 59) * 1000).toISOString());
  return (
    <Modal
      opened
      onClose={onClose}
      title={<Trans>Is it {name} who calls?</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (given.trim()) verifyAnswer.mutate(given);
        }}
      >
        <p className="faint" style={{ margin: 0 }}>
          <Trans>Ask</Trans>
        </p>
        <p style={{ margin: "2px 0 16px", fontSize: 16, fontWeight: 500 }}>
          <bdi>{question}</bdi>
        </p>
        <TextInput
          label={t`Answer given`}
          description={t`Upper and lower case, accents and spaces do not count.`}
          autoComplete="off"
          maxLength={100}
          value={given}
          onChange={(event) => {
            setGiven(event.currentTarget.value);
            verifyAnswer.reset();
          }}
          data-autofocus
        />
        <div aria-live="polite">
          {correct === true && (
            <Alert color="green" variant="light" mt="md" icon={<IconCheck size={18} aria-hidden />}>
              <Trans>That is right.</Trans>
            </Alert>
          )}
          {correct === false && (
            <Alert color="red" variant="light" mt="md" icon={<IconX size={18} aria-hidden />}>
              <Trans>That is not the answer. After five that are wrong the next one has to wait.</Trans>
            </Alert>
          )}
          {problem && (
            <Alert color="red" variant="light" mt="md">
              {again ? <Trans>Too many answers were wrong. Try again at {again}.</Trans> : inWords(problem)}
            </Alert>
          )}
        </div>
        <Group justify="flex-end" gap="xs" mt="lg">
          <Button variant="default" onClick={onClose}>
            <Trans>Done</Trans>
          </Button>
          <Button type="submit" loading={verifyAnswer.isPending} disabled={!given.trim()}>
            <Trans>Check</Trans>
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
