import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal } from "@mantine/core";
import { asProblem } from "../api/problem";
import { idOf } from "../customers/queries";
import { sayDone } from "../ui/notify";
import { useProblemText } from "../ui/words";
import { type Staff, useStaffActions } from "./queries";

/** Keeps a member of staff from signing in, or lets them again. */
export function DisableStaffDialog({ staff, onClose }: { staff: Staff; onClose: () => void }) {
  const { t } = useLingui();
  const inWords = useProblemText();
  const { update } = useStaffActions();
  const name = staff.displayName ?? "";
  const { disabled = false } = staff;

  function confirm() {
    update.mutate(
      { id: idOf(staff.name), fields: { disabled: !disabled }, etag: staff.etag ?? "" },
      {
        onSuccess: ({ traceId }) => {
          onClose();
          sayDone(
            disabled ? <Trans>{name} can sign in again.</Trans> : <Trans>{name} can no longer sign in.</Trans>,
            traceId,
          );
        },
      },
    );
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={disabled ? <Trans>Let {name} sign in again</Trans> : <Trans>Disable the sign-in of {name}</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <p>
        {disabled ? (
          <Trans>The password is the one from before.</Trans>
        ) : (
          <Trans>Every session ends at once. What {name} did stays in the history.</Trans>
        )}
      </p>
      {update.isError && (
        <Alert color="red" variant="light" role="alert">
          {inWords(asProblem(update.error))}
        </Alert>
      )}
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          <Trans>Cancel</Trans>
        </Button>
        <Button color={disabled ? "indigo" : "red"} onClick={confirm} loading={update.isPending}>
          {disabled ? <Trans>Let sign in again</Trans> : <Trans>Disable sign-in</Trans>}
        </Button>
      </Group>
    </Modal>
  );
}
