import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import type { Permission } from "../shell/session";

/** What there is to set up: its address, its name, and who may. A new setting is a line here and a route. */
export const SETTINGS = [
  { to: "/settings/staff", name: msg`Staff`, permission: "PERMISSION_STAFF_MANAGE" },
  { to: "/settings/roles", name: msg`Roles`, permission: "PERMISSION_STAFF_MANAGE" },
  { to: "/settings/fields", name: msg`Fields`, permission: "PERMISSION_SETTINGS_MANAGE" },
  { to: "/settings/questions", name: msg`Security questions`, permission: "PERMISSION_SETTINGS_MANAGE" },
] as const satisfies readonly { to: string; name: MessageDescriptor; permission: Permission }[];
