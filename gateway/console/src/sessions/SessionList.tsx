import { Trans, useLingui } from "@lingui/react/macro";
import { Button, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { asProblem } from "../api/problem";
import { Failure } from "../ui/Failure";
import { formatAgo, formatTime } from "../ui/format";
import { sayDone, sayRefused } from "../ui/notify";
import { sessionsQuery, useEndSessions } from "./queries";
import classes from "./Sessions.module.css";

/** Where the person is signed in, each to be ended. */
export function SessionList() {
  const { t } = useLingui();
  const query = useQuery(sessionsQuery);
  const end = useEndSessions();
  if (query.isPending) return <Skeleton height={90} />;
  if (query.isError) return <Failure problem={asProblem(query.error)} onRetry={() => void query.refetch()} />;
  const { current, sessions } = query.data;
  // this one first
  const shown = sessions.toSorted((a, b) => Number(b.name === current) - Number(a.name === current));
  const others = shown.flatMap(({ name = "" }) => (name === current ? [] : [name]));

  function over(names: readonly string[]) {
    end.mutate(names, {
      onSuccess: () =>
        sayDone(names.length === 1 ? <Trans>The session was ended.</Trans> : <Trans>All others were ended.</Trans>),
      onError: sayRefused,
    });
  }

  return (
    <>
      <ul className={classes.list}>
        {shown.map(({ name = "", createTime, lastUsedTime, expireTime, client, system, network }) => {
          const began = formatTime(createTime);
          const used = formatAgo(lastUsedTime);
          return (
            <li key={name}>
              <div>
                <strong>
                  <Device client={client} system={system} />
                </strong>
                {name === current && (
                  <>
                    {" · "}
                    <Trans>This browser</Trans>
                  </>
                )}
                <div className="faint">
                  {network && (
                    <>
                      <bdi>{network}</bdi> ·{" "}
                    </>
                  )}
                  <Trans>last used {used}</Trans> · <Trans>signed in {began}</Trans> ·{" "}
                  <Trans>ends {formatTime(expireTime)} at the latest</Trans>
                </div>
              </div>
              {name !== current && (
                <Button
                  variant="default"
                  aria-label={t`End the session of ${began}`}
                  disabled={end.isPending}
                  onClick={() => over([name])}
                >
                  <Trans>End</Trans>
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {others.length > 1 && (
        <div>
          <Button variant="default" loading={end.isPending} onClick={() => over(others)}>
            <Trans>End all others</Trans>
          </Button>
        </div>
      )}
      {others.length === 0 && (
        <p className="faint">
          <Trans>You are signed in nowhere else.</Trans>
        </p>
      )}
    </>
  );
}

/** With what somebody signed in, as far as it says so: `Firefox on Windows`. */
function Device({ client, system }: { client: string | undefined; system: string | undefined }) {
  if (client && system)
    return (
      <Trans>
        <bdi>{client}</bdi> on <bdi>{system}</bdi>
      </Trans>
    );
  return client || system ? <bdi>{client || system}</bdi> : <Trans>A program that does not say what it is</Trans>;
}
