import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { isShown, MODULES } from "./modules";
import classes from "./Navigation.module.css";
import { useSession } from "./session";

/** The modules that the person may use. */
export function Navigation() {
  const { t, i18n } = useLingui();
  const { permissions } = useSession();
  return (
    <nav className={classes.list} aria-label={t`Modules`}>
      {MODULES.filter((module) => isShown(module, permissions)).map((module) => {
        const { to, name, icon: Icon } = module;
        const Badge = "badge" in module && module.badge;
        return (
          <Link
            key={to}
            to={to}
            className={classes.item}
            activeOptions={{ exact: to === "/" }}
            activeProps={{ "data-active": true }}
          >
            <Icon size={17} stroke={1.6} aria-hidden />
            {i18n._(name)}
            {Badge && <Badge />}
          </Link>
        );
      })}
    </nav>
  );
}
