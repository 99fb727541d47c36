import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal } from "@mantine/core";
import { asProblem } from "../api/problem";
import { CopyText } from "../ui/CopyText";
import { formatClock } from "../ui/format";
import { useProblemText } from "../ui/words";
import { useAccountActions } from "./queries";

/** Gives a one-time code, which staff read out to the customer, who chooses a new password with it. */
export function ResetCodeDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const { t } = useLingui();
  const inWords = useProblemText();
  const { createResetCode } = useAccountActions(id);
  const code = createResetCode.data;
  const end = code?.expireTime ? formatClock(code.expireTime) : "";
  return (
    <Modal
      opened
      onClose={onClose}
      title={<Trans>A code for a new password</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
      closeOnClickOutside={!code}
    >
      {code ? (
        <>
          <p>
            <Trans>
              Read this out to {name}. It is shown once, and good until {end}.
            </Trans>
          </p>
          <p style={{ fontSize: 18 }}>
            <CopyText text={code.code} />
          </p>
        </>
      ) : (
        <p>
          <Trans>Make sure that you are talking to {name}. A code given before stops working.</Trans>
        </p>
      )}
      {createResetCode.isError && (
        <Alert color="red" variant="light" role="alert">
          {inWords(asProblem(createResetCode.error))}
        </Alert>
      )}
      <Group justify="flex-end" gap="xs" mt="lg">
        {code ? (
          <Button onClick={onClose}>
            <Trans>Done</Trans>
          </Button>
        ) : (
          <>
            <Button variant="default" onClick={onClose}>
              <Trans>Cancel</Trans>
            </Button>
            <Button onClick={() => createResetCode.mutate()} loading={createResetCode.isPending} data-autofocus>
              <Trans>Show a code</Trans>
            </Button>
          </>
        )}
      </Group>
    </Modal>
  );
}
