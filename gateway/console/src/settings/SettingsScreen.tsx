import { useLingui } from "@lingui/react/macro";
import { Link, Navigate, Outlet } from "@tanstack/react-router";
import { Problem } from "../api/problem";
import { useSession } from "../shell/session";
import { Failure } from "../ui/Failure";
import classes from "./Settings.module.css";
import { SETTINGS } from "./sections";

/** The settings, with a navigation of their own. */
export function SettingsScreen() {
  const { t, i18n } = useLingui();
  const { permissions } = useSession();
  const shown = SETTINGS.filter((it) => permissions.includes(it.permission));
  if (shown.length === 0) return <Forbidden />;
  return (
    <div className={classes.settings}>
      <nav className={classes.sections} aria-label={t`Settings`}>
        {shown.map(({ to, name }) => (
          <Link key={to} to={to} className={classes.section}>
            {i18n._(name)}
          </Link>
        ))}
      </nav>
      <div className={classes.body}>
        <Outlet />
      </div>
    </div>
  );
}

/** Leads to the first of the settings that the person may change. */
export function SettingsStart() {
  const { permissions } = useSession();
  const first = SETTINGS.find((it) => permissions.includes(it.permission));
  return first ? <Navigate to={first.to} replace /> : <Forbidden />;
}

function Forbidden() {
  const metadata = { permission: "staff.manage" };
  return <Failure problem={new Problem({ status: 403, reason: "PERMISSION_MISSING", metadata } as never)} whole />;
}
