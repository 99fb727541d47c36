import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { asProblem } from "../api/problem";
import { CopyText } from "../ui/CopyText";
import { sayDone } from "../ui/notify";
import { violationsOf } from "../ui/violations";
import { useProblemText } from "../ui/words";
import { useAccountActions } from "./queries";
import { TemporaryPassword } from "./TemporaryPassword";

/** Sets a temporary password, which the customer must change at the next sign-in. */
export function SetPasswordDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const { t } = useLingui();
  const inWords = useProblemText();
  const [password, setPassword] = useState("");
  const { setPassword: set } = useAccountActions(id);
  const problem = set.isError ? asProblem(set.error) : undefined;
  const wrong = problem && violationsOf(problem).find(({ path }) => path === "password")?.text;

  function submit(event: FormEvent) {
    event.preventDefault();
    set.mutate(password, {
      onSuccess: ({ traceId }) => sayDone(<Trans>{name} has a temporary password.</Trans>, traceId),
    });
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={<Trans>Set a temporary password for {name}</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
      closeOnClickOutside={false}
    >
      {set.isSuccess ? (
        <>
          <p>
            <Trans>Read this out to {name}. It is not shown again.</Trans>
          </p>
          <p style={{ fontSize: 18 }}>
            <CopyText text={password} />
          </p>
          <Group justify="flex-end" mt="lg">
            <Button onClick={onClose} data-autofocus>
              <Trans>Done</Trans>
            </Button>
          </Group>
        </>
      ) : (
        <form onSubmit={submit}>
          <p>
            <Trans>Every session of {name} ends at once, and the current password stops working.</Trans>
          </p>
          <TemporaryPassword value={password} error={wrong} onChange={setPassword} autoFocus />
          {problem && !wrong && (
            <Alert color="red" variant="light" role="alert" mt="md">
              {inWords(problem)}
            </Alert>
          )}
          <Group justify="flex-end" gap="xs" mt="lg">
            <Button variant="default" onClick={onClose}>
              <Trans>Cancel</Trans>
            </Button>
            <Button type="submit" loading={set.isPending} disabled={password === ""}>
              <Trans>Set password</Trans>
            </Button>
          </Group>
        </form>
      )}
    </Modal>
  );
}
