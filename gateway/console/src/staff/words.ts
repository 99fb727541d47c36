import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import type { Permission } from "../shell/session";
import type { Role } from "./queries";

/** The roles that every Patron has, by the last part of their names. */
const ROLES: Record<string, MessageDescriptor> = {
  administrator: msg`Administrator`,
  manager: msg`Manager`,
  "sales-rep": msg`Sales rep`,
  support: msg`Support`,
  viewer: msg`Viewer`,
};

/** The name of a role for people. */
export function roleWords({ name = "", displayName = "" }: Pick<Role, "name" | "displayName">): MessageDescriptor {
  return ROLES[name.split("/")[1] ?? ""] ?? { id: name, message: displayName };
}

/** What each permission lets do, by what it is about. */
export const PERMISSIONS: readonly {
  label: MessageDescriptor;
  permissions: readonly (readonly [Permission, MessageDescriptor])[];
}[] = [
  {
    label: msg`Customers`,
    permissions: [
      ["PERMISSION_CUSTOMER_READ", msg`See customers`],
      ["PERMISSION_CUSTOMER_CREATE", msg`Create customers`],
      ["PERMISSION_CUSTOMER_UPDATE", msg`Change customers`],
      ["PERMISSION_CUSTOMER_DELETE", msg`Delete customers`],
      ["PERMISSION_CUSTOMER_ASSIGN_STAFF", msg`Assign staff to customers`],
      ["PERMISSION_CUSTOMER_MERGE", msg`Merge customers`],
      ["PERMISSION_CUSTOMER_IMPORT", msg`Import customers`],
      ["PERMISSION_CUSTOMER_EXPORT", msg`Export customers`],
      ["PERMISSION_CUSTOMER_ERASE", msg`Erase a person everywhere`],
      ["PERMISSION_CUSTOMER_DELETE_HISTORY", msg`Delete the history of a customer`],
    ],
  },
  {
    label: msg`Sign-in of customers`,
    permissions: [
      ["PERMISSION_CUSTOMER_APPROVE", msg`Approve and decline customers`],
      ["PERMISSION_CUSTOMER_DISABLE", msg`Disable and enable the sign-in`],
      ["PERMISSION_CUSTOMER_UNLOCK", msg`Lift the delay after failed sign-ins`],
      ["PERMISSION_CUSTOMER_SEND_RESET", msg`Give codes for a new password`],
      ["PERMISSION_CUSTOMER_IMPERSONATE", msg`Act as a customer`],
    ],
  },
  {
    label: msg`Addresses and groups`,
    permissions: [
      ["PERMISSION_ADDRESS_READ", msg`See addresses`],
      ["PERMISSION_ADDRESS_WRITE", msg`Change addresses`],
      ["PERMISSION_GROUP_READ", msg`See groups`],
      ["PERMISSION_GROUP_ASSIGN", msg`Add customers to groups`],
      ["PERMISSION_GROUP_MANAGE", msg`Create, change and delete groups`],
    ],
  },
  {
    label: msg`What happened`,
    permissions: [
      ["PERMISSION_ACTIVITY_READ", msg`See what happened`],
      ["PERMISSION_AUDIT_READ", msg`See what administrators did`],
      ["PERMISSION_NOTE_WRITE", msg`Write notes`],
      ["PERMISSION_RECORD_WRITE", msg`Write records of other systems`],
      ["PERMISSION_DOCUMENT_WRITE", msg`Upload documents`],
    ],
  },
  {
    label: msg`Settings`,
    permissions: [
      ["PERMISSION_STAFF_MANAGE", msg`Manage staff`],
      ["PERMISSION_ROLE_MANAGE", msg`Manage roles`],
      ["PERMISSION_SETTINGS_MANAGE", msg`Change settings`],
      ["PERMISSION_SERVICE_ACCOUNT_MANAGE", msg`Manage service accounts`],
    ],
  },
];
