import { Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { IconCopy, IconDots, IconEye, IconMail, IconPencil, IconTrash } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useMay } from "../../shell/session";
import { sayDone } from "../../ui/notify";
import screen from "../../ui/Screen.module.css";
import { type Customer, fullName, idOf } from "../queries";

interface Props {
  customer: Customer;
  onDelete: (customer: Customer) => void;
}

/** What can be done with the customer of a row: pencil, trash can, and the rest behind "...". */
export function RowActions({ customer, onDelete }: Props) {
  const { t } = useLingui();
  const may = useMay();
  const name = fullName(customer);
  const id = idOf(customer.name);
  const record = { to: "/customers/$customer/{-$section}", params: { customer: id, section: undefined } } as const;

  async function copy(text: string) {
    await navigator.clipboard.writeText(text);
    sayDone(<Trans>Copied</Trans>);
  }

  return (
    <span className={screen.actions}>
      {may("CUSTOMER_UPDATE") && (
        <Tooltip label={t`Edit`}>
          <ActionIcon
            className={screen.wide}
            variant="subtle"
            color="gray"
            aria-label={t`Edit ${name}`}
            renderRoot={(props) => <Link {...props} {...record} search={{ edit: true }} />}
          >
            <IconPencil size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
      {may("CUSTOMER_DELETE") && (
        <Tooltip label={t`Delete`}>
          <ActionIcon
            className={screen.wide}
            variant="subtle"
            color="gray"
            aria-label={t`Delete ${name}`}
            onClick={() => onDelete(customer)}
          >
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t`More for ${name}`}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconEye size={15} aria-hidden />}
            renderRoot={(props) => <Link {...props} {...record} />}
          >
            <Trans>View customer</Trans>
          </Menu.Item>
          {may("CUSTOMER_UPDATE") && (
            <Menu.Item
              leftSection={<IconPencil size={15} aria-hidden />}
              renderRoot={(props) => <Link {...props} {...record} search={{ edit: true }} />}
            >
              <Trans>Edit customer</Trans>
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<IconMail size={15} aria-hidden />}
            component="a"
            href={`mailto:${encodeURIComponent(customer.email ?? "")}`}
          >
            <Trans>Write an email</Trans>
          </Menu.Item>
          <Menu.Item leftSection={<IconCopy size={15} aria-hidden />} onClick={() => void copy(customer.email ?? "")}>
            <Trans>Copy email</Trans>
          </Menu.Item>
          <Menu.Item leftSection={<IconCopy size={15} aria-hidden />} onClick={() => void copy(id)}>
            <Trans>Copy ID</Trans>
          </Menu.Item>
          {may("CUSTOMER_DELETE") && (
            <>
              <Menu.Divider />
              <Menu.Item
                color="red"
                leftSection={<IconTrash size={15} aria-hidden />}
                onClick={() => onDelete(customer)}
              >
                <Trans>Delete customer</Trans>
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
    </span>
  );
}
