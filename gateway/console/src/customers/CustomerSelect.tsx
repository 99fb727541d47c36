import { useLingui } from "@lingui/react/macro";
import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconUserPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Customer, findQuery, fullName } from "./queries";

interface Props {
  label: string;
  className?: string | undefined;
  disabled?: boolean;
  onChosen: (customer: Customer) => void;
}

/** Finds one customer by what one types, and gives it. */
export function CustomerSelect({ label, className, disabled = false, onChosen }: Props) {
  const { t } = useLingui();
  const [typed, setTyped] = useState("");
  const [rested] = useDebouncedValue(typed.trim(), 150);
  const found = useQuery(findQuery(rested));
  const customers = rested ? (found.data?.customers ?? []) : [];
  const words = (customer: Customer) => [fullName(customer), customer.email, customer.city].filter(Boolean).join(" · ");
  return (
    <Select
      {...(className && { className })}
      aria-label={label}
      placeholder={label}
      leftSection={<IconUserPlus size={15} aria-hidden />}
      rightSection={<span />}
      data={customers.map((it) => ({ value: it.name ?? "", label: words(it) }))}
      value={null}
      onChange={(name) => {
        const customer = customers.find((it) => it.name === name);
        if (customer) onChosen(customer);
        setTyped("");
      }}
      searchable
      searchValue={typed}
      onSearchChange={setTyped}
      // the service has found them
      filter={({ options }) => options}
      nothingFoundMessage={
        !typed.trim()
          ? t`Type a name, email or phone number.`
          : found.isFetching || typed.trim() !== rested
            ? t`Searching…`
            : t`Nothing found.`
      }
      comboboxProps={{ shadow: "md" }}
      disabled={disabled}
    />
  );
}
