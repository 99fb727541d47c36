import { Trans } from "@lingui/react/macro";
import { Modal } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { onSignedOut } from "../api/client";
import { asProblem } from "../api/problem";
import { Failure } from "../ui/Failure";
import { Idle } from "./Idle";
import { SignIn } from "./SignIn";
import { StepUp } from "./StepUp";
import { type Session, SessionProvider, sessionQuery } from "./session";
import { Title } from "./Title";

/** Few ever need it. */
const ChangePassword = lazy(() => import("./ChangePassword").then((it) => ({ default: it.ChangePassword })));

/**
 * Lets those in who are signed in. When a session ends by itself, what stands on the screen stays, and the person signs in over
 * it: nothing that was typed is lost.
 */
export function Gate({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const session = useQuery(sessionQuery);
  const [last, setLast] = useState<Session | null>(null);

  useEffect(() => {
    onSignedOut(() => void client.invalidateQueries({ queryKey: sessionQuery.queryKey }));
  }, [client]);

  useEffect(() => {
    const now = session.data;
    if (!now || now.passwordChangeRequired) return;
    setLast((before) => {
      // what another person saw is not for this one
      if (before && before.user !== now.user) client.removeQueries({ predicate: (it) => it.queryKey[0] !== "session" });
      else if (before && before.csrfToken !== now.csrfToken)
        void client.invalidateQueries({ predicate: (it) => it.queryKey[0] !== "session" });
      return now;
    });
  }, [session.data, client]);

  if (session.isPending) return null;
  if (session.isError)
    return <Failure problem={asProblem(session.error)} onRetry={() => void session.refetch()} whole />;
  if (session.data?.passwordChangeRequired)
    return (
      <Suspense>
        <ChangePassword />
      </Suspense>
    );
  if (!last) return session.data ? null : <SignIn />;
  return (
    <SessionProvider value={session.data ?? last}>
      <Title />
      <StepUp />
      {session.data && <Idle />}
      <div key={last.user} style={{ display: "contents" }}>
        {children}
      </div>
      <Modal
        opened={!session.data}
        onClose={() => {}}
        withCloseButton={false}
        title={<Trans>Your session has ended</Trans>}
        size="sm"
      >
        <p className="faint">
          <Trans>Sign in again to go on where you are. Nothing you typed is lost.</Trans>
        </p>
        <SignIn within />
      </Modal>
    </SessionProvider>
  );
}
