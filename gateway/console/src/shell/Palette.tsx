import { Trans, useLingui } from "@lingui/react/macro";
import { Modal } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Spotlight } from "@mantine/spotlight";
import { IconSearch, IconUser, IconUserCog, IconUserOff, IconUserPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { findQuery, fullName, idOf } from "../customers/queries";
import { isShown, MODULES } from "./modules";
import { useMay, useSession } from "./session";

/** Finds customers and leads to every screen, from anywhere. */
export function Palette() {
  const { t, i18n } = useLingui();
  const { permissions } = useSession();
  const navigate = useNavigate();
  const may = useMay();
  const [query, setQuery] = useState("");
  const [rested] = useDebouncedValue(query.trim(), 150);
  const found = useQuery({ ...findQuery(rested), enabled: rested !== "" && may("CUSTOMER_READ") });
  const wanted = query.trim().toLocaleLowerCase();
  const customers = wanted ? (found.data?.customers ?? []) : [];
  const screens = [
    ...MODULES.map((module) => ({
      label: i18n._(module.name),
      icon: module.icon,
      shown: isShown(module, permissions),
      go: () => navigate({ to: module.to }),
    })),
    {
      label: t`New customer`,
      icon: IconUserPlus,
      shown: may("CUSTOMER_CREATE"),
      go: () => navigate({ to: "/customers/new" }),
    },
    {
      label: t`Deleted customers`,
      icon: IconUserOff,
      shown: may("ACTIVITY_READ"),
      go: () => navigate({ to: "/activity/deleted" }),
    },
    { label: t`Your account`, icon: IconUserCog, shown: true, go: () => navigate({ to: "/account" }) },
  ].filter((it) => it.shown && it.label.toLocaleLowerCase().includes(wanted));

  return (
    <Spotlight.Root
      query={query}
      onQueryChange={setQuery}
      shortcut={["mod + K"]}
      tagsToIgnore={[]}
      lockScroll={false}
      scrollable
      maxHeight={420}
    >
      <Modal.Title className="unseen">
        <Trans>Search or jump to anything</Trans>
      </Modal.Title>
      <Spotlight.Search
        placeholder={t`Search customers, or where to go`}
        aria-label={t`Search customers, or where to go`}
        leftSection={<IconSearch size={18} aria-hidden />}
      />
      <Spotlight.ActionsList>
        {customers.length > 0 && (
          <Spotlight.ActionsGroup label={t`Customers`}>
            {customers.map((customer) => (
              <Spotlight.Action
                key={customer.name}
                label={fullName(customer)}
                description={[customer.email, customer.company, customer.city].filter(Boolean).join(" · ")}
                leftSection={<IconUser size={18} stroke={1.5} aria-hidden />}
                onClick={() =>
                  void navigate({
                    to: "/customers/$customer/{-$section}",
                    params: { customer: idOf(customer.name), section: undefined },
                  })
                }
              />
            ))}
            <Spotlight.Action
              label={t`All customers with “${query.trim()}”`}
              leftSection={<IconSearch size={18} stroke={1.5} aria-hidden />}
              onClick={() => void navigate({ to: "/customers", search: { q: query.trim() } })}
            />
          </Spotlight.ActionsGroup>
        )}
        {screens.length > 0 && (
          <Spotlight.ActionsGroup label={t`Go to`}>
            {screens.map(({ label, icon: Icon, go }) => (
              <Spotlight.Action
                key={label}
                label={label}
                leftSection={<Icon size={18} stroke={1.5} aria-hidden />}
                onClick={() => void go()}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {customers.length + screens.length === 0 && (
          <Spotlight.Empty>
            {found.isFetching ? <Trans>Searching…</Trans> : <Trans>Nothing found.</Trans>}
          </Spotlight.Empty>
        )}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
