import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Checkbox, Group, Modal, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { COUNTED } from "../activity/deleted/count";
import { eventCountQuery } from "../activity/queries";
import { asProblem } from "../api/problem";
import { closeRecord } from "../shell/openRecords";
import { useMay } from "../shell/session";
import { formatCount } from "../ui/format";
import { sayDone } from "../ui/notify";
import { useProblemText } from "../ui/words";
import { type Customer, fullName, idOf, overviewQuery, useDeleteCustomer } from "./queries";

interface Props {
  /** Who is to be deleted; the dialog is open while there is somebody. */
  customer: Customer | undefined;
  onClose: () => void;
  onDeleted?: () => void;
}

/** Says who is deleted, what goes with them and what stays, before it is done. */
export function DeleteDialog({ customer, onClose, onDeleted }: Props) {
  const { t } = useLingui();
  // the words stay while the dialog fades
  const last = useRef(customer);
  if (customer) last.current = customer;
  const shown = customer ?? last.current;
  const name = shown ? fullName(shown) : "";
  return (
    <Modal
      opened={Boolean(customer)}
      onClose={onClose}
      title={<Trans>Delete {name}</Trans>}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      {shown && <Question key={shown.name} customer={shown} onClose={onClose} onDeleted={onDeleted} />}
    </Modal>
  );
}

function Question({
  customer,
  onClose,
  onDeleted,
}: {
  customer: Customer;
  onClose: () => void;
  onDeleted: (() => void) | undefined;
}) {
  const id = idOf(customer.name);
  const name = fullName(customer);
  const inWords = useProblemText();
  const overview = useQuery(overviewQuery(id));
  const remove = useDeleteCustomer();
  const may = useMay();
  const [deleteHistory, setDeleteHistory] = useState(false);
  const events = useQuery({ ...eventCountQuery(id), enabled: may("ACTIVITY_READ") });
  const addresses = overview.data?.addresses.length ?? 0;
  const groups = overview.data?.memberships.length ?? 0;
  const account = overview.data?.account;

  function confirm() {
    const request = { id, deleteHistory };
    remove.mutate(request, {
      onSuccess: ({ traceId }) => {
        closeRecord(id);
        onClose();
        onDeleted?.();
        sayDone(<Trans>{name} was deleted.</Trans>, traceId);
      },
    });
  }

  return (
    <>
      <p>
        <bdi>{customer.email}</bdi> · <span className="figures">{customer.number}</span>
      </p>
      <p>
        {overview.isPending || addresses + groups > 0 || account ? (
          <Trans>
            This deletes the record everywhere and ends the sign-in at once. It cannot be undone. With it go:
          </Trans>
        ) : (
          <Trans>This deletes the record everywhere. It cannot be undone.</Trans>
        )}
      </p>
      {overview.isPending && <Skeleton height={12} width={160} />}
      <ul hidden={overview.isPending}>
        {addresses > 0 && (
          <li>
            <Plural value={addresses} one="# address" other="# addresses" />
          </li>
        )}
        {groups > 0 && (
          <li>
            <Plural value={groups} one="the membership in # group" other="the memberships in # groups" />
          </li>
        )}
        {account && (
          <li>
            <Trans>the sign-in account</Trans>
          </li>
        )}
      </ul>
      {may("CUSTOMER_DELETE_HISTORY") && (
        <Checkbox
          my="md"
          color="red"
          checked={deleteHistory}
          onChange={(event) => setDeleteHistory(event.currentTarget.checked)}
          label={<Trans>Delete the history too</Trans>}
          description={
            <>
              <EventCount count={events.data} />{" "}
              <Trans>
                Not advised: nobody can find out afterwards what was changed and by whom. Only the number of the
                customer and a receipt stay.
              </Trans>
            </>
          }
        />
      )}
      <p className="faint">
        {deleteHistory ? (
          <Trans>The email can be used again.</Trans>
        ) : (
          <Trans>
            The history of changes stays: staff can still read it, under “Deleted customers”. The email can be used
            again.
          </Trans>
        )}
      </p>
      {remove.isError && (
        <Alert color="red" variant="light" role="alert" mb="md">
          {inWords(asProblem(remove.error))}
        </Alert>
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose} data-autofocus>
          <Trans>Keep</Trans>
        </Button>
        <Button color="red" onClick={confirm} loading={remove.isPending} disabled={overview.isPending}>
          {deleteHistory ? <Trans>Delete {name} and the history</Trans> : <Trans>Delete {name}</Trans>}
        </Button>
      </Group>
    </>
  );
}

/** How much goes with the history. */
function EventCount({ count }: { count: number | undefined }) {
  if (count === undefined) return null;
  const most = formatCount(COUNTED);
  if (count > COUNTED) return <Trans>More than {most} entries are deleted for good.</Trans>;
  return <Plural value={count} one="# entry is deleted for good." other="# entries are deleted for good." />;
}
