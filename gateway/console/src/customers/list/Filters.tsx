import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Menu, Popover } from "@mantine/core";
import { IconFilterPlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { groupsQuery } from "../../groups/queries";
import { useMay } from "../../shell/session";
import { useStaffChoices } from "../../staff/queries";
import { type Choice, ChoiceList } from "../../ui/ChoiceList";
import { countries } from "../../ui/countries";
import { useStatusName } from "../../ui/Status";
import { idOf } from "../queries";
import classes from "./List.module.css";
import { ACCOUNT_TYPES, FILTERS, type FilterName, type ListState, STATUSES } from "./state";

type Filters = NonNullable<ListState["filters"]>;

/** Filters of the list: each a chip that says what it lets pass, opens to change that, and can be taken away. */
export function Filters({ filters, onChange }: { filters: Filters; onChange: (filters: Filters) => void }) {
  const { t } = useLingui();
  const named = useFilters();
  const [added, setAdded] = useState<FilterName>();
  const shown = FILTERS.filter((name) => filters[name] || name === added);
  const addable = FILTERS.filter((name) => named[name] && !shown.includes(name));

  function change(name: FilterName, values: string[]) {
    const { [name]: _, ...rest } = filters;
    onChange(values.length > 0 ? { ...rest, [name]: values } : rest);
  }

  return (
    <>
      {shown.map((name) => {
        const filter = named[name];
        if (!filter) return null;
        const values = filters[name] ?? [];
        const texts = values.map((value) => filter.choices.find((it) => it.value === value)?.label ?? "…");
        return (
          <span key={name} className={classes.chip}>
            <Popover
              position="bottom-start"
              width={260}
              trapFocus
              withinPortal
              defaultOpened={name === added}
              onClose={() => setAdded(undefined)}
            >
              <Popover.Target>
                <button type="button" className={classes.chipText}>
                  <span className="faint">{filter.label}</span>
                  <bdi className="cut">
                    {texts.length > 2 ? `${texts.slice(0, 2).join(", ")} +${texts.length - 2}` : texts.join(", ")}
                  </bdi>
                </button>
              </Popover.Target>
              <Popover.Dropdown>
                <ChoiceList {...filter} chosen={values} onChange={(chosen) => change(name, chosen)} />
              </Popover.Dropdown>
            </Popover>
            <button
              type="button"
              className={classes.chipEnd}
              aria-label={t`Remove filter ${filter.label}`}
              onClick={() => {
                change(name, []);
                setAdded(undefined);
              }}
            >
              <IconX size={13} aria-hidden />
            </button>
          </span>
        );
      })}
      {addable.length > 0 && (
        <Menu position="bottom-start" returnFocus={false}>
          <Menu.Target>
            <Button variant="subtle" color="gray" leftSection={<IconFilterPlus size={15} aria-hidden />}>
              <Trans>Filter</Trans>
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {addable.map((name) => (
              <Menu.Item key={name} onClick={() => setAdded(name)}>
                {named[name]?.label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {shown.length > 1 && (
        <Button variant="subtle" color="gray" onClick={() => onChange({})}>
          <Trans>Clear filters</Trans>
        </Button>
      )}
    </>
  );
}

/** The filters that the person can use, with what there is to choose from. */
function useFilters(): Partial<Record<FilterName, { label: string; choices: Choice[] }>> {
  const { t } = useLingui();
  const may = useMay();
  const statusName = useStatusName();
  const groups = useQuery({ ...groupsQuery, enabled: may("GROUP_READ") });
  const staff = useStaffChoices();
  const types = { PRIVATE: t`Private`, BUSINESS: t`Business` };
  return {
    status: { label: t`Status`, choices: STATUSES.map((value) => ({ value, label: statusName(value) })) },
    ...(may("GROUP_READ") && {
      group: {
        label: t`Group`,
        choices: (groups.data ?? []).map((it) => ({ value: idOf(it.name), label: it.displayName ?? "" })),
      },
    }),
    type: { label: t`Type`, choices: ACCOUNT_TYPES.map((value) => ({ value, label: types[value] })) },
    country: { label: t`Country`, choices: countries() },
    staff: { label: t`Assigned staff`, choices: staff.map(({ value, label }) => ({ value: idOf(value), label })) },
    newsletter: {
      label: t`Newsletter`,
      choices: [
        { value: "true", label: t`Subscribed` },
        { value: "false", label: t`Not subscribed` },
      ],
    },
  };
}
