import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Input } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { AddressInputs } from "../../addresses/AddressInputs";
import { NEW_ADDRESS_FIELDS } from "../../addresses/fields";
import classes from "./New.module.css";
import type { NewCustomerForm } from "./useNewCustomer";

/** Most addresses that one form takes: who has more gets them on the record. */
const MOST = 5;

/** The addresses of a new customer: none at first. */
export function AddressFields({ form }: { form: NewCustomerForm }) {
  const { t } = useLingui();
  const { addresses } = form;
  const list = useRef<HTMLDivElement>(null);
  const before = useRef(0);
  useEffect(() => {
    // one was added: typing goes on in it
    if (addresses.length > before.current) list.current?.lastElementChild?.querySelector("input")?.focus();
    before.current = addresses.length;
  }, [addresses.length]);
  return (
    <>
      <div ref={list} className={classes.addresses} hidden={addresses.length === 0}>
        {addresses.map(({ key, values }, index) => (
          <fieldset key={key} className={classes.address}>
            <legend>
              {addresses.length === 1 ? <Trans>Address</Trans> : <Trans>Address {index + 1}</Trans>}
              <Button
                variant="subtle"
                color="gray"
                size="compact-xs"
                leftSection={<IconTrash size={14} aria-hidden />}
                onClick={() => form.removeAddress(index)}
                aria-label={t`Remove address ${index + 1}`}
              >
                <Trans>Remove</Trans>
              </Button>
            </legend>
            <AddressInputs
              fields={NEW_ADDRESS_FIELDS}
              values={values}
              errors={form.errors.addresses[index] ?? {}}
              onChange={(name, value) => form.changeAddress(index, name, value)}
              prefix={`address-${index}-`}
            />
          </fieldset>
        ))}
      </div>
      {addresses.length < MOST && (
        <div>
          <Button
            id="addresses"
            variant="default"
            leftSection={<IconPlus size={15} aria-hidden />}
            onClick={() => form.addAddress()}
            {...(form.errors.address && { "aria-invalid": true, "aria-describedby": "addresses-error" })}
          >
            {addresses.length === 0 ? <Trans>Add an address</Trans> : <Trans>Add another address</Trans>}
          </Button>
          {form.errors.address && (
            <Input.Error id="addresses-error" mt={4}>
              {form.errors.address}
            </Input.Error>
          )}
        </div>
      )}
    </>
  );
}
