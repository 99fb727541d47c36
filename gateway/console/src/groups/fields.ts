import { msg } from "@lingui/core/macro";
import type { Field } from "../ui/fields";

/** What a group says of itself. */
export const GROUP_FIELDS: readonly Field[] = [
  { name: "displayName", label: msg`Name`, input: "text", max: 100, required: true },
  { name: "description", label: msg`Description`, input: "area", max: 400, wide: true },
  {
    name: "approvalRequired",
    label: msg`Approval needed`,
    input: "switch",
    hint: msg`Customers added from now on wait until somebody approves them.`,
  },
  {
    name: "assignmentClosed",
    label: msg`Closed for assignment`,
    input: "switch",
    hint: msg`Customers cannot be added by hand.`,
  },
];
