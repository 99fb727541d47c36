import { Trans } from "@lingui/react/macro";
import { Button } from "@mantine/core";
import { IconMapPin, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { addressesQuery, addressId } from "../../../addresses/queries";
import { useMay } from "../../../shell/session";
import { Empty } from "../../../ui/Empty";
import type { SectionProps } from "../sections";
import { AddressCard } from "./AddressCard";
import classes from "./Addresses.module.css";
import { AddressForm } from "./AddressForm";

/** The places of a customer: read, added, edited in place, deleted. */
export default function Addresses({ id, overview }: SectionProps) {
  const may = useMay();
  // what the overview has is there at once; more than its hundred are read besides
  const { data: addresses } = useQuery({ ...addressesQuery(id), initialData: overview.addresses });
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState<string>();
  const writes = may("ADDRESS_WRITE");
  return (
    <div className={classes.addresses}>
      {addresses.map((address) =>
        editing === addressId(address) ? (
          <AddressForm key={address.name} customer={id} address={address} onEnd={() => setEditing(undefined)} />
        ) : (
          <AddressCard
            key={address.name}
            customer={id}
            address={address}
            onEdit={writes ? () => setEditing(addressId(address)) : undefined}
          />
        ),
      )}
      {addresses.length === 0 && !adding && (
        <Empty icon={<IconMapPin size={28} stroke={1.5} />} title={<Trans>No addresses yet</Trans>}>
          <p className="faint">
            <Trans>The first one becomes the default for what it is used for.</Trans>
          </p>
        </Empty>
      )}
      {adding ? (
        <AddressForm customer={id} onEnd={() => setAdding(false)} />
      ) : (
        writes && (
          <div>
            <Button variant="default" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setAdding(true)}>
              <Trans>Add address</Trans>
            </Button>
          </div>
        )
      )}
    </div>
  );
}
