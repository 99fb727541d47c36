import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import {
  type Icon,
  IconHistory,
  IconHome,
  IconSettings,
  IconUserCheck,
  IconUsers,
  IconUsersGroup,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { ApprovalsBadge } from "../approvals/ApprovalsBadge";
import type { Permission } from "./session";

export interface Module {
  to: string;
  name: MessageDescriptor;
  icon: Icon;
  /** The keys that lead there, one after the other: `g c`. */
  keys: string;
  /** It is shown to who has one of these; to everybody where there are none. */
  permissions: readonly Permission[];
  /** What stands beside its name. */
  badge?: ComponentType;
}

/** Where one can go: what navigation, keys and palette show. */
export const MODULES = [
  { to: "/", name: msg`Home`, icon: IconHome, keys: "g h", permissions: [] },
  { to: "/customers", name: msg`Customers`, icon: IconUsers, keys: "g c", permissions: ["PERMISSION_CUSTOMER_READ"] },
  {
    to: "/approvals",
    name: msg`Approvals`,
    icon: IconUserCheck,
    keys: "g p",
    permissions: ["PERMISSION_CUSTOMER_APPROVE"],
    badge: ApprovalsBadge,
  },
  { to: "/groups", name: msg`Groups`, icon: IconUsersGroup, keys: "g g", permissions: ["PERMISSION_GROUP_READ"] },
  { to: "/activity", name: msg`Activity`, icon: IconHistory, keys: "g a", permissions: ["PERMISSION_ACTIVITY_READ"] },
  {
    to: "/settings",
    name: msg`Settings`,
    icon: IconSettings,
    keys: "g s",
    permissions: ["PERMISSION_STAFF_MANAGE", "PERMISSION_SETTINGS_MANAGE"],
  },
] as const satisfies readonly Module[];

/** Whether somebody with these permissions is shown a module. */
export function isShown({ permissions }: Pick<Module, "permissions">, own: readonly Permission[]): boolean {
  return permissions.length === 0 || permissions.some((it) => own.includes(it));
}
