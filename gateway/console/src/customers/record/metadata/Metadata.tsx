import { Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconBraces, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "../../../shell/session";
import { Empty } from "../../../ui/Empty";
import { sayDone, sayRefused } from "../../../ui/notify";
import { type Customer, useUpdateMetadata } from "../../queries";
import type { SectionProps } from "../sections";
import classes from "./Metadata.module.css";
import { MetadataForm } from "./MetadataForm";

/** Most keys that a customer has, as in the OpenAPI. */
const MOST = 50;

/** What staff and other systems note of a customer, by keys of their own. */
export default function Metadata({ id, overview }: SectionProps) {
  const customer = overview.customer as Customer;
  const writes = useMay()("CUSTOMER_UPDATE");
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState<string>();
  const entries = Object.entries(customer.metadata ?? {}).sort(([one], [other]) => one.localeCompare(other));
  return (
    <div className={classes.metadata}>
      {entries.length > 0 && (
        <ul className={classes.list}>
          {entries.map(([key, value]) => (
            <li key={key}>
              {editing === key ? (
                <MetadataForm id={id} customer={customer} entry={key} onEnd={() => setEditing(undefined)} />
              ) : (
                <div className={classes.row}>
                  <bdi className={classes.key}>{key}</bdi>
                  <bdi className={classes.value}>{value}</bdi>
                  {writes && <Actions id={id} customer={customer} entry={key} onEdit={() => setEditing(key)} />}
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
      {entries.length === 0 && !adding && (
        <Empty icon={<IconBraces size={28} stroke={1.5} />} title={<Trans>Nothing noted yet</Trans>}>
          <p className="faint">
            <Trans>What staff and other systems want to remember of this customer, by keys of their own.</Trans>
          </p>
        </Empty>
      )}
      {adding ? (
        <MetadataForm id={id} customer={customer} onEnd={() => setAdding(false)} />
      ) : (
        writes &&
        entries.length < MOST && (
          <div>
            <Button variant="default" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setAdding(true)}>
              <Trans>Add an entry</Trans>
            </Button>
          </div>
        )
      )}
    </div>
  );
}

interface ActionsProps {
  id: string;
  customer: Customer;
  entry: string;
  onEdit: () => void;
}

function Actions({ id, customer, entry, onEdit }: ActionsProps) {
  const { t } = useLingui();
  const update = useUpdateMetadata(id);
  function remove() {
    update.mutate(
      { entry, value: null, etag: customer.etag ?? "" },
      { onSuccess: ({ traceId }) => sayDone(<Trans>{entry} was removed.</Trans>, traceId), onError: sayRefused },
    );
  }
  return (
    <span className={classes.actions}>
      <Tooltip label={t`Edit`}>
        <ActionIcon variant="subtle" color="gray" aria-label={t`Edit ${entry}`} onClick={onEdit}>
          <IconPencil size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t`Remove`}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t`Remove ${entry}`}
          loading={update.isPending}
          onClick={remove}
        >
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </span>
  );
}
