import { Trans, useLingui } from "@lingui/react/macro";
import { Avatar, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import classes from "./Others.module.css";
import { othersQuery } from "./queries";

/** Others that are shown; the rest is counted. */
const SHOWN = 4;

/** The initials of the other staff who have the record open. Nothing where there is nobody. */
export function Others({ id }: { id: string }) {
  const { t } = useLingui();
  const query = useQuery(othersQuery(id));
  const others = query.isError ? [] : (query.data ?? []);
  const more = others.length - SHOWN;
  return (
    // there from the beginning, so that who comes is said
    <div role="status" className={classes.others}>
      {others.length > 0 && (
        <>
          <span className="unseen">
            <Trans>Also open at:</Trans>
          </span>
          <ul className={classes.list}>
            {others.slice(0, SHOWN).map(({ staff, displayName }) => {
              const name = displayName || t`A member of staff`;
              return (
                <Tooltip key={staff} label={t`${name} has this open too`}>
                  <li>
                    <Avatar size={24} radius="xl" color="initials" name={name} alt="" aria-hidden />
                    <span className="unseen">{name}</span>
                  </li>
                </Tooltip>
              );
            })}
            {more > 0 && <li className="faint figures">+{more}</li>}
          </ul>
        </>
      )}
    </div>
  );
}
