import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal } from "@mantine/core";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { idOf } from "../customers/queries";
import { useProblemText } from "../ui/words";
import { GivenPassword } from "./GivenPassword";
import { randomPassword } from "./password";
import { type Staff, useStaffActions } from "./queries";

/** Gives a member of staff a temporary password, which is shown once. */
export function PasswordDialog({ staff, onClose }: { staff: Staff; onClose: () => void }) {
  const { t } = useLingui();
  const inWords = useProblemText();
  const { setPassword } = useStaffActions();
  const [password] = useState(randomPassword);
  const name = staff.displayName ?? "";
  return (
    <Modal
      opened
      onClose={onClose}
      title={<Trans>A new password for {name}</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
      closeOnClickOutside={!setPassword.isSuccess}
    >
      {setPassword.isSuccess ? (
        <GivenPassword name={name} username={staff.username ?? ""} password={password} onClose={onClose} />
      ) : (
        <>
          <p>
            <Trans>The current password stops working, and every session ends at once.</Trans>
          </p>
          {setPassword.isError && (
            <Alert color="red" variant="light" role="alert">
              {inWords(asProblem(setPassword.error))}
            </Alert>
          )}
          <Group justify="flex-end" gap="xs" mt="lg">
            <Button variant="default" onClick={onClose}>
              <Trans>Cancel</Trans>
            </Button>
            <Button
              onClick={() => setPassword.mutate({ id: idOf(staff.name), password })}
              loading={setPassword.isPending}
              data-autofocus
            >
              <Trans>Give a new password</Trans>
            </Button>
          </Group>
        </>
      )}
    </Modal>
  );
}
