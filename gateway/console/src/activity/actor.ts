import { useLingui } from "@lingui/react/macro";
import { useSession } from "../shell/session";
import { useStaffChoices } from "../staff/queries";

/** Says who did something: a member of staff by name where that is known, the customer, or a service. */
export function useActorName(): (actor: string, displayName?: string) => string {
  const { t } = useLingui();
  const session = useSession();
  const staff = useStaffChoices();
  return (actor, displayName) => {
    if (displayName) return displayName;
    const [kind, id = ""] = actor.split("/");
    if (actor === session.user) return session.userDisplayName;
    if (kind === "customers") return t`The customer`;
    if (kind === "services") return t`The service ${id}`;
    return staff.find((it) => it.value === actor)?.label ?? t`A member of staff`;
  };
}
