import { Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Button, Group, Menu, Modal, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { USES } from "../../../addresses/fields";
import { type Address, addressId, useAddressActions } from "../../../addresses/queries";
import { countryName } from "../../../ui/format";
import { sayDone, sayRefused } from "../../../ui/notify";
import classes from "./Addresses.module.css";

interface Props {
  customer: string;
  address: Address;
  /** Begins to edit; missing where the person may not. */
  onEdit: (() => void) | undefined;
}

/** One address as it is written on a parcel, and what it is used for. */
export function AddressCard({ customer, address, onEdit }: Props) {
  const { t, i18n } = useLingui();
  const { update, remove } = useAddressActions(customer);
  const [deleting, setDeleting] = useState(false);
  const defaults = address.defaultUses ?? [];
  const uses = USES.filter(({ value }) => address.uses?.includes(value));
  const lines = [...(address.formattedLines ?? []), countryName(address.countryCode ?? "")];
  const title = address.label || address.city || t`Address`;

  function makeDefault(value: (typeof USES)[number]["value"]) {
    const fields = { uses: [...new Set([...(address.uses ?? []), value])], defaultUses: [...defaults, value] };
    update.mutate(
      { address: addressId(address), fields, etag: address.etag ?? "" },
      { onSuccess: ({ traceId }) => sayDone(<Trans>Saved.</Trans>, traceId), onError: sayRefused },
    );
  }

  function confirm() {
    remove.mutate(addressId(address), {
      onSuccess: ({ traceId }) => sayDone(<Trans>The address was deleted.</Trans>, traceId),
      onError: sayRefused,
      onSettled: () => setDeleting(false),
    });
  }

  return (
    <section className={classes.card} aria-label={title}>
      <h2>
        <bdi>{title}</bdi>
        {uses.map(({ value, label }) => (
          <span key={value} className={classes.use} data-default={defaults.includes(value) || undefined}>
            {defaults.includes(value) ? <Trans>Default for {i18n._(label)}</Trans> : i18n._(label)}
          </span>
        ))}
      </h2>
      {onEdit && (
        <Group gap={0} wrap="nowrap">
          <Tooltip label={t`Edit`}>
            <ActionIcon variant="subtle" color="gray" aria-label={t`Edit ${title}`} onClick={onEdit}>
              <IconPencil size={16} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={t`More for ${title}`}>
                <IconDots size={16} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {USES.filter(({ value }) => !defaults.includes(value)).map(({ value, label }) => (
                <Menu.Item key={value} onClick={() => makeDefault(value)}>
                  <Trans>Make it the default for {i18n._(label)}</Trans>
                </Menu.Item>
              ))}
              <Menu.Item
                color="red"
                leftSection={<IconTrash size={15} aria-hidden />}
                onClick={() => setDeleting(true)}
              >
                <Trans>Delete address</Trans>
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      )}
      <address>
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
          <div key={index}>
            <bdi>{line}</bdi>
          </div>
        ))}
        {address.phone?.number && <div className="figures">{address.phone.formatted || address.phone.number}</div>}
        {address.ruleException && (
          <p className={classes.exception}>
            <IconAlertTriangle size={15} aria-hidden />
            <span>
              <Trans>
                Kept though it breaks a rule: <bdi>{address.ruleException}</bdi>
              </Trans>
            </span>
          </p>
        )}
        {address.instructions && (
          <p className="faint">
            <bdi>{address.instructions}</bdi>
          </p>
        )}
      </address>
      <Modal
        opened={deleting}
        onClose={() => setDeleting(false)}
        title={<Trans>Delete the address {title}</Trans>}
        closeButtonProps={{ "aria-label": t`Close` }}
        size="sm"
      >
        {defaults.length > 0 && (
          <p>
            <Trans>It is a default. The oldest other address with the same use takes its place.</Trans>
          </p>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => setDeleting(false)} data-autofocus>
            <Trans>Keep</Trans>
          </Button>
          <Button color="red" loading={remove.isPending} onClick={confirm}>
            <Trans>Delete {title}</Trans>
          </Button>
        </Group>
      </Modal>
    </section>
  );
}
