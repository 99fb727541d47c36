import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import { answer, api, type Schemas, setCsrfToken } from "../api/client";
import { Problem } from "../api/problem";

export type Session = Schemas["gateway.v1.BrowserSession"];
export type Permission = Schemas["access.v1.Permission"];

/** There while somebody is signed in in this browser: without it nobody need ask. */
const KEPT = "patron.signedIn";

/** Who is signed in; null where nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }): Promise<Session | null> => {
    if (localStorage.getItem(KEPT) === null) return null;
    try {
      return taken(await answer(api.GET("/v1/session", { signal })));
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      localStorage.removeItem(KEPT);
      return null;
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: "always",
});

function taken(session: Session): Session {
  setCsrfToken(session.csrfToken);
  localStorage.setItem(KEPT, "yes");
  return session;
}

function left(): void {
  setCsrfToken("");
  localStorage.removeItem(KEPT);
}

/** What signs in, out, and changes the password. */
export function useSessionActions() {
  const client = useQueryClient();
  return {
    async signIn(identifier: string, password: string) {
      const body = { identifier, password, userKind: "USER_KIND_STAFF" as const };
      // the token so far, if any, is of a session that the sign-in ends; where it is refused, that one goes on
      const before = setCsrfToken("");
      try {
        const session = taken(await answer(api.POST("/v1/session", { body })));
        client.setQueryData(sessionQuery.queryKey, session);
        return session;
      } catch (error) {
        setCsrfToken(before);
        throw error;
      }
    },
    /** Uses the session, so that it does not end by itself, and reads it. */
    touch: () => client.fetchQuery({ ...sessionQuery, staleTime: 0 }),
    /** Ends the session and leaves the screen as it is, for whoever signs in again. */
    async lock() {
      await api.DELETE("/v1/session").catch(() => undefined);
      left();
      client.setQueryData(sessionQuery.queryKey, null);
    },
    async signOut() {
      await answer(api.DELETE("/v1/session"));
      left();
    },
    async changePassword(oldPassword: string, newPassword: string) {
      await answer(api.POST("/v1/sessions/current:changePassword", { body: { oldPassword, newPassword } }));
      // the session has another secret now, and with it another token
      await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
    },
  };
}

const SessionContext = createContext<Session | null>(null);

export const SessionProvider = SessionContext.Provider;

/** Who is signed in. For what is shown to those who are. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("outside of a session");
  return session;
}

/** Tells what the person may do, by the last words of a permission's name: `CUSTOMER_DELETE`. */
export function useMay(): (what: Permission extends `PERMISSION_${infer Rest}` ? Rest : never) => boolean {
  const { permissions } = useSession();
  return (what) => permissions.includes(`PERMISSION_${what}` as Permission);
}
