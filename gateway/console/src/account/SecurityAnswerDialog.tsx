import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { sayDone } from "../ui/notify";
import { violationsOf } from "../ui/violations";
import { useProblemText } from "../ui/words";
import { useAccountActions } from "./queries";
import { SecurityAnswerFields } from "./SecurityAnswerFields";

/** Chooses what a customer is asked on the phone, in place of what was asked before. */
export function SecurityAnswerDialog({
  id,
  asked,
  onClose,
}: {
  id: string;
  /** What is asked so far; empty where nothing is. */
  asked: string;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const inWords = useProblemText();
  const { setAnswer } = useAccountActions(id);
  const [question, setQuestion] = useState("");
  const [answer, setAnswerGiven] = useState("");
  const problem = setAnswer.isError ? asProblem(setAnswer.error) : undefined;
  const wrong = problem ? violationsOf(problem) : [];
  const about = (field: string) => wrong.find(({ path }) => path === field)?.text;
  const save = (securityQuestion: string, securityAnswer: string) =>
    setAnswer.mutate(
      { securityQuestion, securityAnswer },
      {
        onSuccess: ({ traceId }) => {
          onClose();
          sayDone(
            securityQuestion ? (
              <Trans>The security question is saved.</Trans>
            ) : (
              <Trans>Nothing is asked any more.</Trans>
            ),
            traceId,
          );
        },
      },
    );
  return (
    <Modal
      opened
      onClose={onClose}
      title={<Trans>Security question</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <Stack gap="sm">
        {asked && (
          <p className="faint" style={{ margin: 0 }}>
            <Trans>
              Asked so far: <bdi>{asked}</bdi>
            </Trans>
          </p>
        )}
        <SecurityAnswerFields
          question={question}
          answer={answer}
          onQuestion={setQuestion}
          onAnswer={setAnswerGiven}
          errors={{ question: about("securityQuestion"), answer: about("securityAnswer") }}
        />
      </Stack>
      {problem && wrong.length === 0 && (
        <Alert color="red" variant="light" role="alert" mt="md">
          {inWords(problem)}
        </Alert>
      )}
      <Group justify="flex-end" gap="xs" mt="lg">
        {asked && (
          <Button variant="subtle" color="red" onClick={() => save("", "")} loading={setAnswer.isPending}>
            <Trans>Ask nothing</Trans>
          </Button>
        )}
        <Button variant="default" onClick={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button
          onClick={() => save(question, answer)}
          loading={setAnswer.isPending}
          disabled={!question || !answer.trim()}
        >
          <Trans>Save</Trans>
        </Button>
      </Group>
    </Modal>
  );
}
