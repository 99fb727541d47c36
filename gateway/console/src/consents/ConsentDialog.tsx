import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useRef, useState } from "react";
import { requestId } from "../api/client";
import { asProblem } from "../api/problem";
import { sayDone } from "../ui/notify";
import { violationsOf } from "../ui/violations";
import { useProblemText } from "../ui/words";
import { type ConsentChannel, useRecordConsent } from "./queries";
import { CHANNELS, TOLD } from "./words";

interface Props {
  id: string;
  /** Who says so. */
  name: string;
  /** Whether they take the newsletter from now on. */
  subscribe: boolean;
  onClose: () => void;
}

/** Records that a customer takes the newsletter or leaves it, and how that is known. */
export function ConsentDialog({ id, name, subscribe, onClose }: Props) {
  const { t, i18n } = useLingui();
  const inWords = useProblemText();
  const record = useRecordConsent(id);
  const [channel, setChannel] = useState<ConsentChannel>("CONSENT_CHANNEL_CONSOLE");
  const [source, setSource] = useState("");
  // the same once more, where no answer came, is known again
  const asked = useRef({ said: "", id: "" });
  const problem = record.isError ? asProblem(record.error) : undefined;
  const wrong = problem ? violationsOf(problem) : [];

  function save() {
    const state = subscribe ? "CONSENT_STATE_SUBSCRIBED" : "CONSENT_STATE_UNSUBSCRIBED";
    const said = { state, channel, source: source.trim() } as const;
    const text = JSON.stringify(said);
    if (asked.current.said !== text) asked.current = { said: text, id: requestId() };
    record.mutate(
      { ...said, id: asked.current.id },
      {
        onSuccess: ({ traceId }) => {
          onClose();
          sayDone(
            subscribe ? <Trans>{name} takes the newsletter.</Trans> : <Trans>{name} left the newsletter.</Trans>,
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
      title={subscribe ? <Trans>Subscribe {name}</Trans> : <Trans>Unsubscribe {name}</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Stack gap="sm">
          <p className="faint" style={{ margin: 0 }}>
            {subscribe ? (
              <Trans>What you enter here stays as evidence of the consent.</Trans>
            ) : (
              <Trans>The newsletter stops at once. The evidence of the consent so far stays.</Trans>
            )}
          </p>
          <NativeSelect
            label={t`How do you know?`}
            value={channel}
            onChange={(event) => setChannel(event.currentTarget.value as ConsentChannel)}
            data={TOLD.map((value) => ({ value, label: i18n._(CHANNELS[value]) }))}
          />
          <TextInput
            label={t`Source`}
            description={t`Where the customer said so, such as a form, a letter or a call.`}
            dir="auto"
            maxLength={200}
            withAsterisk={subscribe}
            aria-required={subscribe}
            value={source}
            onChange={(event) => setSource(event.currentTarget.value)}
            error={wrong.find(({ path }) => path === "source")?.text}
            data-autofocus
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
          <Button type="submit" loading={record.isPending}>
            {subscribe ? <Trans>Subscribe</Trans> : <Trans>Unsubscribe</Trans>}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
