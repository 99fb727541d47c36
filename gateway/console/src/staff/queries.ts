// Everything that the console asks about staff and their roles, and what it changes of them.

import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, requestId, type Schemas, traced } from "../api/client";
import { useMay, useSession } from "../shell/session";

export type Staff = Schemas["identity.v1.Staff"];
export type Role = Schemas["identity.v1.Role"];

/** Every staff user. For who may manage staff. */
export const staffQuery = queryOptions({
  queryKey: ["staff"],
  queryFn: async ({ signal }) => {
    const staff: Staff[] = [];
    let pageToken = "";
    do {
      const page = await answer(api.GET("/v1/staff", { params: { query: { pageSize: 100, pageToken } }, signal }));
      staff.push(...page.staff);
      pageToken = page.nextPageToken;
    } while (pageToken);
    return staff;
  },
  staleTime: 60_000,
});

/** Every role. For who may manage staff. */
export const rolesQuery = queryOptions({
  queryKey: ["roles"],
  queryFn: async ({ signal }) =>
    (await answer(api.GET("/v1/roles", { params: { query: { pageSize: 100 } }, signal }))).roles,
  staleTime: 60_000,
});

/** One role as it is now. */
export function readRole(role: string): Promise<Role> {
  return answer(api.GET("/v1/roles/{role}", { params: { path: { role } } }));
}

/** Makes, changes and deletes roles. */
export function useRoleActions() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: rolesQuery.queryKey });
  return {
    create: useMutation({
      mutationFn: ({ body, id }: { body: Role; id: string }) =>
        traced(api.POST("/v1/roles", { body, params: { header: { "Idempotency-Key": id } } })),
      onSuccess,
    }),
    update: useMutation({
      mutationFn: ({ id, fields, etag }: { id: string; fields: Partial<Role>; etag: string }) =>
        traced(
          api.PATCH("/v1/roles/{role}", {
            params: {
              path: { role: id },
              query: { updateMask: Object.keys(fields).join(",") },
              header: { "If-Match": `"${etag}"`, "Idempotency-Key": requestId() },
            },
            body: fields as Role,
          }),
        ),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (role: string) =>
        traced(
          api.DELETE("/v1/roles/{role}", {
            params: { path: { role }, header: { "Idempotency-Key": requestId() } },
          }),
        ),
      onSuccess,
    }),
  };
}

/** One staff user as they are now. */
export function readStaff(id: string): Promise<Staff> {
  return answer(api.GET("/v1/staff/{staff}", { params: { path: { staff: id } } }));
}

/** Creates and changes staff users, and gives them new passwords. */
export function useStaffActions() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: staffQuery.queryKey });
  return {
    create: useMutation({
      mutationFn: ({ staff, password, id }: { staff: Staff; password: string; id: string }) =>
        traced(
          api.POST("/v1/staff", {
            params: { header: { "Idempotency-Key": id } },
            body: { staff, password },
          }),
        ),
      onSuccess,
    }),
    update: useMutation({
      mutationFn: ({ id, fields, etag }: { id: string; fields: Partial<Staff>; etag: string }) =>
        traced(
          api.PATCH("/v1/staff/{staff}", {
            params: {
              path: { staff: id },
              query: { updateMask: Object.keys(fields).join(",") },
              header: { "If-Match": `"${etag}"`, "Idempotency-Key": requestId() },
            },
            body: fields,
          }),
        ),
      onSuccess,
    }),
    setPassword: useMutation({
      mutationFn: ({ id, password }: { id: string; password: string }) =>
        traced(api.POST("/v1/staff/{staff}:setPassword", { params: { path: { staff: id } }, body: { password } })),
      onSuccess,
    }),
    unlock: useMutation({
      mutationFn: (id: string) =>
        traced(api.POST("/v1/staff/{staff}:unlock", { params: { path: { staff: id } }, body: {} })),
      onSuccess,
    }),
  };
}

/**
 * Staff to choose from, as `staff/{staff}` with their names. The API tells who they are to those alone who manage staff; others
 * know themselves.
 */
export function useStaffChoices(): { value: string; label: string }[] {
  const may = useMay();
  const session = useSession();
  const staff = useQuery({ ...staffQuery, enabled: may("STAFF_MANAGE") });
  const all = staff.data?.filter((it) => !it.disabled) ?? [];
  const known = all.map(({ name = "", displayName = "" }) => ({ value: name, label: displayName }));
  return known.length > 0 ? known : [{ value: session.user, label: session.userDisplayName }];
}
