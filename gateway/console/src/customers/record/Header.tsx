import { Trans, useLingui } from "@lingui/react/macro";
import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { AccountActions } from "../../account/AccountActions";
import { DecideButtons } from "../../account/DecideButtons";
import { Others } from "../../presence/Others";
import { useKeys } from "../../shell/keyboard";
import { useMay } from "../../shell/session";
import { CopyText } from "../../ui/CopyText";
import { countryName } from "../../ui/format";
import { Status } from "../../ui/Status";
import { DeleteDialog } from "../DeleteDialog";
import { type Customer, fullName, type Overview } from "../queries";
import { ChangedElsewhere } from "./ChangedElsewhere";
import classes from "./Record.module.css";

const route = getRouteApi("/customers/$customer/{-$section}");

/** Who it is at a glance, and what can be done. */
export function Header({ id, overview, customer }: { id: string; overview: Overview; customer: Customer }) {
  const { t } = useLingui();
  const may = useMay();
  const navigate = route.useNavigate();
  const [deleting, setDeleting] = useState<Customer>();
  const groups = overview.memberships.map((it) => it.groupDisplayName).filter(Boolean);
  const place = [customer.city, customer.countryCode && countryName(customer.countryCode)].filter(Boolean).join(", ");
  const edit = () =>
    void navigate({ to: ".", params: { customer: id, section: undefined }, search: { edit: true }, replace: true });
  useKeys(may("CUSTOMER_UPDATE") ? { e: edit } : {});

  return (
    <header className={classes.head}>
      <div className={classes.title}>
        <h1 id="record-name">
          <bdi>{fullName(customer)}</bdi>
        </h1>
        <Status status={customer.status} />
        {groups.length > 0 && <span className="faint cut">{groups.join(", ")}</span>}
        <div className={classes.buttons}>
          <Others id={id} />
          <DecideButtons id={id} account={overview.account} name={fullName(customer)} />
          {may("CUSTOMER_UPDATE") && (
            <Button variant="default" leftSection={<IconPencil size={15} aria-hidden />} onClick={edit}>
              <Trans>Edit</Trans>
            </Button>
          )}
          {(may("CUSTOMER_DELETE") ||
            may("CUSTOMER_DISABLE") ||
            may("CUSTOMER_APPROVE") ||
            may("CUSTOMER_SEND_RESET")) && (
            <Menu position="bottom-end" width={230}>
              <Menu.Target>
                <ActionIcon variant="default" size={30} aria-label={t`More actions`}>
                  <IconDots size={16} aria-hidden />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                {may("CUSTOMER_UPDATE") && (
                  <Menu.Item leftSection={<IconPencil size={15} aria-hidden />} onClick={edit}>
                    <Trans>Edit customer</Trans>
                  </Menu.Item>
                )}
                <AccountActions id={id} account={overview.account} name={fullName(customer)} />
                {may("CUSTOMER_DELETE") && (
                  <>
                    <Menu.Divider />
                    <Menu.Item
                      color="red"
                      leftSection={<IconTrash size={15} aria-hidden />}
                      onClick={() => setDeleting(customer)}
                    >
                      <Trans>Delete customer</Trans>
                    </Menu.Item>
                  </>
                )}
              </Menu.Dropdown>
            </Menu>
          )}
        </div>
      </div>
      <div className={classes.facts}>
        <CopyText text={customer.number ?? ""} />
        {customer.email && <CopyText text={customer.email} />}
        {customer.primaryPhone?.number && (
          <CopyText text={customer.primaryPhone.formatted || customer.primaryPhone.number} />
        )}
        {customer.company && <bdi>{customer.company}</bdi>}
        {place && <bdi>{place}</bdi>}
        <ChangedElsewhere id={id} />
      </div>
      <DeleteDialog
        customer={deleting}
        onClose={() => setDeleting(undefined)}
        onDeleted={() => void navigate({ to: "/customers" })}
      />
    </header>
  );
}
