import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Popover } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { ChoiceList } from "../../ui/ChoiceList";
import type { TableColumn } from "../../ui/DataTable";
import { isChosen } from "../columns";
import type { Customer } from "../queries";

interface Props {
  columns: TableColumn<Customer>[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

/** Chooses the columns of the list. */
export function ColumnsMenu({ columns, chosen, onChange }: Props) {
  const { t } = useLingui();
  const choices = columns
    .filter(({ id = "" }) => isChosen(id))
    .map(({ id = "", header }) => ({ value: id, label: String(header) }));
  const inOrder = (values: string[]) => choices.map(({ value }) => value).filter((value) => values.includes(value));
  return (
    <Popover position="bottom-end" width={220} trapFocus>
      <Popover.Target>
        <Button variant="subtle" color="gray" leftSection={<IconColumns3 size={15} aria-hidden />}>
          <Trans>Columns</Trans>
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <ChoiceList
          label={t`Columns`}
          choices={choices}
          chosen={chosen}
          onChange={(values) => onChange(inOrder(values))}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
