import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Group, Modal } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";

interface Props {
  /** True while something was typed that is not saved. */
  dirty: boolean;
  /** True while the person wants to leave by other means than an address. */
  asked: boolean;
  onStay: () => void;
  onLeave: () => void;
}

/** Asks before something that was typed is lost: when another page is opened, the window closed, or editing left. */
export function LeaveDialog({ dirty, asked, onStay, onLeave }: Props) {
  const { t } = useLingui();
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  const leaving = blocker.status === "blocked";
  const stay = () => {
    blocker.reset?.();
    onStay();
  };
  return (
    <Modal
      opened={asked || leaving}
      onClose={stay}
      title={<Trans>Leave without saving?</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
      size="sm"
    >
      <p>
        <Trans>What you typed is not saved yet.</Trans>
      </p>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={stay} data-autofocus>
          <Trans>Go on editing</Trans>
        </Button>
        <Button
          color="red"
          onClick={() => {
            onLeave();
            if (leaving) blocker.proceed();
          }}
        >
          <Trans>Discard changes</Trans>
        </Button>
      </Group>
    </Modal>
  );
}
