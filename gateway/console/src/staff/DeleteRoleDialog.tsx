import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { asProblem } from "../api/problem";
import { idOf } from "../customers/queries";
import { sayDone } from "../ui/notify";
import { useProblemText } from "../ui/words";
import { type Role, staffQuery, useRoleActions } from "./queries";

/** Deletes a role. One that somebody has says how many they are. */
export function DeleteRoleDialog({ role, onClose }: { role: Role; onClose: () => void }) {
  const { t } = useLingui();
  const inWords = useProblemText();
  const { remove } = useRoleActions();
  const staff = useQuery(staffQuery);
  const name = role.displayName ?? "";
  const having = (staff.data ?? []).filter((it) => it.role === role.name).length;
  return (
    <Modal opened onClose={onClose} title={<Trans>Delete {name}</Trans>} closeButtonProps={{ "aria-label": t`Close` }}>
      <p>
        {having === 0 ? (
          <Trans>Nobody has this role. This cannot be undone.</Trans>
        ) : (
          <Plural
            value={having}
            one="# member of staff has this role. Give them another first, under Staff."
            other="# members of staff have this role. Give them another first, under Staff."
          />
        )}
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
          disabled={staff.isPending || having > 0}
          onClick={() =>
            remove.mutate(idOf(role.name), {
              onSuccess: ({ traceId }) => {
                onClose();
                sayDone(<Trans>The role {name} was deleted.</Trans>, traceId);
              },
            })
          }
        >
          <Trans>Delete {name}</Trans>
        </Button>
      </Group>
    </Modal>
  );
}
