import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { type ComponentType, lazy } from "react";
import type { Permission } from "../../shell/session";
import type { Overview } from "../queries";

/** What every section is given. */
export interface SectionProps {
  id: string;
  overview: Overview;
}

export interface Section {
  /** Its part of the address. */
  id: string;
  label: MessageDescriptor;
  component: ComponentType<SectionProps>;
  /** How many there are, beside the label. */
  count?: (overview: Overview) => number;
  permission?: Permission;
  /** The part of the overview without which it shows nothing. */
  part?: string;
}

/** The sections of a record, in their order. The first is what a record opens with. */
export const SECTIONS: readonly Section[] = [
  { id: "account", label: msg`Account`, component: lazy(() => import("./account/Account")) },
  {
    id: "addresses",
    label: msg`Addresses`,
    component: lazy(() => import("./addresses/Addresses")),
    count: ({ addresses }) => addresses.length,
    permission: "PERMISSION_ADDRESS_READ",
    part: "addresses",
  },
  {
    id: "groups",
    label: msg`Groups`,
    component: lazy(() => import("./groups/Groups")),
    count: ({ memberships }) => memberships.length,
    permission: "PERMISSION_GROUP_READ",
    part: "memberships",
  },
  {
    id: "access",
    label: msg`Account access`,
    component: lazy(() => import("./access/Access")),
    part: "account",
  },
  { id: "consent", label: msg`Consent`, component: lazy(() => import("./consent/Consent")) },
  {
    id: "metadata",
    label: msg`Metadata`,
    component: lazy(() => import("./metadata/Metadata")),
    count: ({ customer }) => Object.keys(customer?.metadata ?? {}).length,
  },
  {
    id: "activity",
    label: msg`Change history`,
    component: lazy(() => import("./activity/History")),
    permission: "PERMISSION_ACTIVITY_READ",
  },
];
