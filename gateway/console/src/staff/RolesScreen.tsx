import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Skeleton } from "@mantine/core";
import { IconCheck, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Fragment } from "react";
import { asProblem } from "../api/problem";
import { openDialog } from "../shell/dialogs";
import { useKeys } from "../shell/keyboard";
import { useMay } from "../shell/session";
import { Failure } from "../ui/Failure";
import screen from "../ui/Screen.module.css";
import { type Role, rolesQuery } from "./queries";
import { RoleActions } from "./RoleActions";
import { RoleDialog } from "./RoleDialog";
import classes from "./Staff.module.css";
import { PERMISSIONS, roleWords } from "./words";

/** What each role allows: a permission a line, a role a column. Those that not every Patron has are made and changed here. */
export function RolesScreen() {
  const may = useMay();
  const roles = useQuery(rolesQuery);
  useKeys(may("ROLE_MANAGE") ? { n: add } : {});
  return (
    <div className={screen.screen}>
      <header className={screen.head}>
        <h1>
          <Trans>Roles</Trans>
        </h1>
        {may("ROLE_MANAGE") && (
          <span className={screen.buttons}>
            <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={add}>
              <Trans>New role</Trans>
            </Button>
          </span>
        )}
      </header>
      {roles.isPending && (
        <div className={screen.content}>
          {[1, 2, 3, 4, 5, 6].map((line) => (
            <Skeleton key={line} height={12} width={`${80 - line * 6}%`} />
          ))}
        </div>
      )}
      {roles.isError && !roles.data && (
        <Failure problem={asProblem(roles.error)} onRetry={() => void roles.refetch()} />
      )}
      {roles.data && <Allowed roles={inOrder(roles.data)} />}
    </div>
  );
}

function add() {
  openDialog((close) => <RoleDialog onClose={close} />);
}

/** Who may most comes first. */
function inOrder(roles: Role[]): Role[] {
  return roles.toSorted((left, right) => right.permissions.length - left.permissions.length);
}

function Allowed({ roles }: { roles: Role[] }) {
  const { t, i18n } = useLingui();
  const may = useMay();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className={classes.roles} tabIndex={0} aria-label={t`What each role allows`}>
      <table>
        <thead>
          <tr>
            <td />
            {roles.map((role) => (
              <th key={role.name} scope="col">
                <bdi title={role.description}>{i18n._(roleWords(role))}</bdi>
                {may("ROLE_MANAGE") && !role.builtIn && <RoleActions role={role} />}
                <small className="faint">
                  {role.scope === "SCOPE_ASSIGNED" ? <Trans>assigned customers</Trans> : <Trans>all customers</Trans>}
                </small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {PERMISSIONS.map(({ label, permissions }) => (
            <Fragment key={i18n._(label)}>
              <tr>
                <th scope="rowgroup" colSpan={roles.length + 1} className={classes.about}>
                  {i18n._(label)}
                </th>
              </tr>
              {permissions.map(([permission, words]) => (
                <tr key={permission}>
                  <th scope="row">{i18n._(words)}</th>
                  {roles.map((role) => (
                    <td key={role.name}>
                      {role.permissions.includes(permission) ? (
                        <span className={classes.yes}>
                          <IconCheck size={16} aria-hidden />
                          <span className="unseen">
                            <Trans>Yes</Trans>
                          </span>
                        </span>
                      ) : (
                        <span className="unseen">
                          <Trans>No</Trans>
                        </span>
                      )}
                    </td>
                  ))}
                </tr>
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  );
}
