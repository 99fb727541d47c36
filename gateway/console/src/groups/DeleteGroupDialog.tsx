import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Group as Line, Modal, Progress, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { asProblem } from "../api/problem";
import { idOf } from "../customers/queries";
import { useMay } from "../shell/session";
import { sayDone } from "../ui/notify";
import { useProblemText } from "../ui/words";
import { type Group, groupQuery, groupsQuery, useGroupActions } from "./queries";

interface Props {
  /** Which is to be deleted; the dialog is open while there is one. */
  group: Group | undefined;
  onClose: () => void;
  onDeleted?: () => void;
}

/** Deletes a group. One that has customers says how many, and where they go first. */
export function DeleteGroupDialog({ group, onClose, onDeleted }: Props) {
  const { t } = useLingui();
  // the words stay while the dialog fades
  const last = useRef(group);
  if (group) last.current = group;
  const shown = group ?? last.current;
  return (
    <Modal
      opened={Boolean(group)}
      onClose={onClose}
      title={<Trans>Delete {shown?.displayName}</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      {shown && <Question key={shown.name} group={shown} onClose={onClose} onDeleted={onDeleted} />}
    </Modal>
  );
}

function Question({
  group,
  onClose,
  onDeleted,
}: {
  group: Group;
  onClose: () => void;
  onDeleted: (() => void) | undefined;
}) {
  const { t } = useLingui();
  const may = useMay();
  const inWords = useProblemText();
  const id = idOf(group.name);
  const name = group.displayName ?? "";
  // as it is now, and not as a list showed it a while ago
  const now = useQuery(groupQuery(id));
  const groups = useQuery(groupsQuery);
  const { remove, move } = useGroupActions();
  const [to, setTo] = useState<string | null>(null);
  const [left, setLeft] = useState<number>();
  const [all, setAll] = useState(0);
  const count = (now.data ?? group).memberCount ?? 0;
  const others = (groups.data ?? []).filter((it) => it.name !== group.name && !it.assignmentClosed);
  const busy = move.isPending || remove.isPending;
  const wrong = move.error ?? remove.error;

  async function confirm() {
    try {
      if (count > 0 && to) {
        setAll(count);
        await move.mutateAsync({ from: id, to, onStep: setLeft });
      }
      const { traceId } = await remove.mutateAsync(id);
      onClose();
      onDeleted?.();
      sayDone(<Trans>The group {name} was deleted.</Trans>, traceId);
    } catch {
      // what was refused is said below
    }
  }

  return (
    <>
      {count === 0 ? (
        <p>
          <Trans>No customer is in it. This cannot be undone.</Trans>
        </p>
      ) : (
        <>
          <p>
            <Plural
              value={count}
              one="# customer is in it. A group can be deleted once nobody is in it."
              other="# customers are in it. A group can be deleted once nobody is in it."
            />
          </p>
          {may("GROUP_ASSIGN") && (
            <Select
              label={t`Move them to`}
              placeholder={t`Choose a group`}
              data={others.map((it) => ({ value: it.name ?? "", label: it.displayName ?? "" }))}
              value={to}
              onChange={setTo}
              searchable
              disabled={busy}
              nothingFoundMessage={t`Nothing found.`}
              comboboxProps={{ shadow: "md" }}
            />
          )}
        </>
      )}
      {move.isPending && (
        <Progress
          mt="md"
          value={left === undefined ? 0 : (100 * (all - left)) / all}
          aria-label={t`Moving customers`}
        />
      )}
      {wrong && (
        <Alert color="red" variant="light" role="alert" mt="md">
          {inWords(asProblem(wrong))}
        </Alert>
      )}
      <Line justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          <Trans>Keep</Trans>
        </Button>
        <Button
          color="red"
          onClick={() => void confirm()}
          loading={busy}
          disabled={now.isPending || (count > 0 && !to)}
        >
          {count > 0 ? <Trans>Move and delete</Trans> : <Trans>Delete {name}</Trans>}
        </Button>
      </Line>
    </>
  );
}
