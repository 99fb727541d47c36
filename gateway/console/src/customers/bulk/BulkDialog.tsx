import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Checkbox, Group, Modal, Select, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { requestId } from "../../api/client";
import { asProblem } from "../../api/problem";
import { groupsQuery } from "../../groups/queries";
import { follow } from "../../operations/followed";
import { operationId } from "../../operations/queries";
import { useMay } from "../../shell/session";
import { formatCount } from "../../ui/format";
import { useProblemText } from "../../ui/words";
import { type BulkAction, countQuery, type Selection, useStartBulk } from "./queries";

interface Props {
  kind: BulkAction["kind"];
  selection: Selection;
  /** Who they are, in words; where it is not said, everybody whom the list shows. */
  who?: ReactNode;
  /** How many they are; asked for where it is not given. */
  count?: number;
  /** The group chosen before. */
  group?: string;
  /** Whether the history was to go too, before. */
  deleteHistory?: boolean;
  onClose: () => void;
  /** Takes the id of the operation. */
  onStarted: (id: string) => void;
}

/** Says who is meant and what will be done, asks what it takes, and starts it. */
export function BulkDialog({
  kind,
  selection,
  who,
  count,
  group: first = "",
  deleteHistory: before = false,
  onClose,
  onStarted,
}: Props) {
  const { t } = useLingui();
  const inWords = useProblemText();
  const start = useStartBulk();
  const [group, setGroup] = useState<string | null>(first || null);
  const [reason, setReason] = useState("");
  const mayDeleteHistory = useMay()("CUSTOMER_DELETE_HISTORY");
  const [wantsHistoryGone, setWantsHistoryGone] = useState(before);
  const deleteHistory = kind === "delete" && mayDeleteHistory && wantsHistoryGone;
  // the same once more, where no answer came, is known again
  const asked = useRef({ action: "", id: "" });
  const grouped = kind === "addToGroup" || kind === "removeFromGroup";
  const groups = useQuery({ ...groupsQuery, enabled: grouped });
  const counted = useQuery({ ...countQuery(selection), enabled: count === undefined });
  const estimated = counted.data?.estimated ?? false;
  // an estimate is said to be one, and never as a number alone
  const number = count ?? (estimated ? undefined : counted.data?.count);
  const about = formatCount(counted.data?.count ?? 0);
  const dangerous = kind === "delete" || kind === "disable";

  function confirm() {
    const action = actionOf(kind, group ?? "", reason.trim(), deleteHistory);
    const text = JSON.stringify(action);
    if (asked.current.action !== text) asked.current = { action: text, id: requestId() };
    start.mutate(
      { selection, action, id: asked.current.id },
      {
        onSuccess: (operation) => {
          const id = operationId(operation);
          follow(id);
          onClose();
          onStarted(id);
        },
      },
    );
  }

  return (
    <Modal
      opened
      onClose={onClose}
      title={<Title kind={kind} number={number} />}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      <p>
        {who ??
          (estimated && counted.data?.count ? (
            <Trans>Everybody whom the list shows now, on all pages: about {about} customers.</Trans>
          ) : (
            <Trans>Everybody whom the list shows now, on all pages.</Trans>
          ))}
      </p>
      {kind === "delete" && (
        <>
          <p>
            <Trans>
              This deletes the records everywhere and ends each sign-in, with addresses, groups and accounts. It cannot
              be undone.
            </Trans>{" "}
            {!deleteHistory && <Trans>The history stays.</Trans>}
          </p>
          {mayDeleteHistory && <HistoryBox checked={deleteHistory} onChange={setWantsHistoryGone} />}
        </>
      )}
      {kind === "disable" && (
        <p>
          <Trans>Every session ends at once. The records stay as they are.</Trans>
        </p>
      )}
      {grouped && (
        <Select
          label={t`Group`}
          placeholder={t`Choose a group`}
          searchable
          data={(groups.data ?? []).map(({ name = "", displayName = "" }) => ({ value: name, label: displayName }))}
          value={group}
          onChange={setGroup}
          nothingFoundMessage={t`No such group`}
          comboboxProps={{ withinPortal: true }}
          data-autofocus
        />
      )}
      {(kind === "disable" || kind === "enable") && (
        <Textarea
          label={t`Reason, for the history`}
          dir="auto"
          maxLength={400}
          autosize
          minRows={2}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
      )}
      {(start.isError || counted.isError) && (
        <Alert color="red" variant="light" role="alert" mt="md">
          {inWords(asProblem(start.error ?? counted.error))}
        </Alert>
      )}
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus={kind === "delete" || undefined}>
          <Trans>Cancel</Trans>
        </Button>
        <Button
          color={dangerous ? "red" : "indigo"}
          onClick={confirm}
          loading={start.isPending}
          disabled={number === 0 || (count === undefined && !counted.data) || (grouped && !group)}
        >
          {deleteHistory ? <TitleWithHistory number={number} /> : <Title kind={kind} number={number} />}
        </Button>
      </Group>
    </Modal>
  );
}

/** Whether the histories go too: left alone, they stay. */
function HistoryBox({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <Checkbox
      my="md"
      color="red"
      checked={checked}
      onChange={(event) => onChange(event.currentTarget.checked)}
      label={<Trans>Delete the histories too</Trans>}
      description={
        <Trans>
          Not advised: nobody can find out afterwards what was changed and by whom. Only the numbers of the customers
          and a receipt for each stay.
        </Trans>
      }
    />
  );
}

function actionOf(kind: BulkAction["kind"], group: string, reason: string, deleteHistory: boolean): BulkAction {
  switch (kind) {
    case "delete":
      return { kind, deleteHistory };
    case "addToGroup":
    case "removeFromGroup":
      return { kind, group };
    case "disable":
    case "enable":
      return { kind, reason };
  }
}

function TitleWithHistory({ number }: { number: number | undefined }): ReactNode {
  return number === undefined ? (
    <Trans>Delete customers and their histories</Trans>
  ) : (
    <Plural value={number} one="Delete # customer and the history" other="Delete # customers and their histories" />
  );
}

function Title({ kind, number }: { kind: BulkAction["kind"]; number: number | undefined }): ReactNode {
  const known = number !== undefined;
  const value = number ?? 0;
  switch (kind) {
    case "delete":
      return known ? (
        <Plural value={value} one="Delete # customer" other="Delete # customers" />
      ) : (
        <Trans>Delete customers</Trans>
      );
    case "addToGroup":
      return known ? (
        <Plural value={value} one="Add # customer to a group" other="Add # customers to a group" />
      ) : (
        <Trans>Add customers to a group</Trans>
      );
    case "removeFromGroup":
      return known ? (
        <Plural value={value} one="Remove # customer from a group" other="Remove # customers from a group" />
      ) : (
        <Trans>Remove customers from a group</Trans>
      );
    case "disable":
      return known ? (
        <Plural value={value} one="Disable the sign-in of # customer" other="Disable the sign-in of # customers" />
      ) : (
        <Trans>Disable the sign-in of customers</Trans>
      );
    case "enable":
      return known ? (
        <Plural value={value} one="Let # customer sign in again" other="Let # customers sign in again" />
      ) : (
        <Trans>Let customers sign in again</Trans>
      );
  }
}
