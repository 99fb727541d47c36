import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal } from "@mantine/core";
import { asProblem } from "../api/problem";
import { idOf } from "../customers/queries";
import { sayDone } from "../ui/notify";
import { useProblemText } from "../ui/words";
import { type SecurityQuestion, useQuestionActions } from "./queries";

/** Takes a question from the list. */
export function DeleteQuestionDialog({ question, onClose }: { question: SecurityQuestion; onClose: () => void }) {
  const { t } = useLingui();
  const inWords = useProblemText();
  const { remove } = useQuestionActions();
  return (
    <Modal
      opened
      onClose={onClose}
      title={<Trans>Delete question</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <p style={{ fontWeight: 500 }}>
        <bdi>{question.text}</bdi>
      </p>
      <p>
        <Trans>Nobody can choose it any more. Those who have chosen it are still asked it.</Trans>
      </p>
      {remove.isError && (
        <Alert color="red" variant="light" role="alert" mt="md">
          {inWords(asProblem(remove.error))}
        </Alert>
      )}
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          <Trans>Keep</Trans>
        </Button>
        <Button
          color="red"
          loading={remove.isPending}
          onClick={() =>
            remove.mutate(idOf(question.name), {
              onSuccess: ({ traceId }) => {
                onClose();
                sayDone(<Trans>The question is no longer on the list.</Trans>, traceId);
              },
            })
          }
        >
          <Trans>Delete question</Trans>
        </Button>
      </Group>
    </Modal>
  );
}
