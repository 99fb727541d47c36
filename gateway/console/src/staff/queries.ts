// Everything that the console asks about staff.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { useMay, useSession } from "../shell/session";

export type Staff = Schemas["identity.v1.Staff"];

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
