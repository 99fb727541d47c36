import { useLingui } from "@lingui/react/macro";
import { IconHistory, IconUsers } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import classes from "./Navigation.module.css";
import { useMay } from "./session";

/** The modules that the person may use. */
export function Navigation() {
  const { t } = useLingui();
  const may = useMay();
  const modules = [
    { to: "/customers", name: t`Customers`, icon: IconUsers, shown: may("CUSTOMER_READ") },
    { to: "/activity", name: t`Activity`, icon: IconHistory, shown: may("ACTIVITY_READ") },
  ] as const;
  return (
    <nav className={classes.list} aria-label={t`Modules`}>
      {modules
        .filter((module) => module.shown)
        .map(({ to, name, icon: Icon }) => (
          <Link key={to} to={to} className={classes.item} activeProps={{ "data-active": true }}>
            <Icon size={17} stroke={1.6} aria-hidden />
            {name}
          </Link>
        ))}
    </nav>
  );
}
