// Everything that the console asks about the sessions of who is signed in, and about who that is.

import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, requestId, type Schemas, traced } from "../api/client";
import { sessionQuery, useMay } from "../shell/session";
import type { Staff } from "../staff/queries";

export type SignedIn = Schemas["identity.v1.Session"];

const keys = {
  list: ["sessions"] as const,
  own: (user: string) => ["staff", user] as const,
};

/** The live sessions of who is signed in, latest first, and which of them this one is. There are at most ten. */
export const sessionsQuery = queryOptions({
  queryKey: keys.list,
  queryFn: async ({ signal }) => {
    const current = { params: { path: { session: "current" } }, signal };
    const [{ sessions }, { name = "" }] = await Promise.all([
      answer(api.GET("/v1/sessions", { signal })),
      answer(api.GET("/v1/sessions/{session}", current)),
    ]);
    return { sessions, current: name };
  },
});

/** The record of who is signed in. */
export function ownStaffQuery(user: string) {
  return queryOptions({
    queryKey: keys.own(user),
    queryFn: ({ signal }) => answer(api.GET("/v1/staff:own", { signal })),
  });
}

/** Ends sessions of who is signed in. */
export function useEndSessions() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (names: readonly string[]) =>
      Promise.all(
        names.map((name) =>
          answer(api.DELETE("/v1/sessions/{session}", { params: { path: { session: name.split("/")[1] ?? "" } } })),
        ),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: keys.list }),
  });
}

/**
 * Changes the record of who is signed in: those who may manage staff all of it, where nothing of it changed since `etag`; others the
 * signature alone.
 */
export function useUpdateOwnStaff(user: string) {
  const client = useQueryClient();
  const may = useMay();
  return useMutation({
    mutationFn: ({ fields, etag }: { fields: Partial<Staff>; etag: string }) => {
      if (!may("STAFF_MANAGE")) {
        return traced(api.POST("/v1/staff:setOwnSignature", { body: { signature: fields.signature ?? "" } }));
      }
      return traced(
        api.PATCH("/v1/staff/{staff}", {
          params: {
            path: { staff: user.split("/")[1] ?? "" },
            query: { updateMask: Object.keys(fields).join(",") },
            header: { "If-Match": `"${etag}"`, "Idempotency-Key": requestId() },
          },
          body: fields as Staff,
        }),
      );
    },
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["staff"] }),
        client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
      ]),
  });
}
