import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { asProblem } from "../api/problem";
import { sayDone } from "../ui/notify";
import { violationsOf } from "../ui/violations";
import { useProblemText } from "../ui/words";
import { useAccountActions } from "./queries";
import { SecurityAnswerFields } from "./SecurityAnswerFields";
import { TemporaryPassword } from "./TemporaryPassword";

/** Gives a customer an account to sign in with. */
export function CreateAccountDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const { t } = useLingui();
  const inWords = useProblemText();
  const [typed, setTyped] = useState({ username: "", password: "", securityQuestion: "", securityAnswer: "" });
  const { create } = useAccountActions(id);
  const problem = create.isError ? asProblem(create.error) : undefined;
  const wrong = problem ? violationsOf(problem) : [];
  const about = (field: string) => wrong.find(({ path }) => path.endsWith(field))?.text;

  function submit(event: FormEvent) {
    event.preventDefault();
    create.mutate(typed, {
      onSuccess: ({ traceId }) => {
        onClose();
        sayDone(<Trans>{name} has an account to sign in with.</Trans>, traceId);
      },
    });
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={<Trans>An account for {name}</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
      closeOnClickOutside={false}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label={t`Username`}
            description={t`Never changes once it is saved. Leave it empty to sign in by email only.`}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={100}
            value={typed.username}
            error={about("username")}
            onChange={(event) => setTyped({ ...typed, username: event.currentTarget.value })}
            data-autofocus
          />
          <TemporaryPassword
            value={typed.password}
            error={about("password")}
            onChange={(password) => setTyped({ ...typed, password })}
          />
          <SecurityAnswerFields
            question={typed.securityQuestion}
            answer={typed.securityAnswer}
            onQuestion={(securityQuestion) => setTyped({ ...typed, securityQuestion })}
            onAnswer={(securityAnswer) => setTyped({ ...typed, securityAnswer })}
            errors={{ question: about("securityQuestion"), answer: about("securityAnswer") }}
          />
        </Stack>
        {problem && wrong.length === 0 && (
          <Alert color="red" variant="light" role="alert" mt="md">
            {inWords(problem)}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs" mt="lg">
          <Button variant="default" onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" loading={create.isPending}>
            <Trans>Create account</Trans>
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
