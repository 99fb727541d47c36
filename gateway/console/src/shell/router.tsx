import { msg } from "@lingui/core/macro";
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { parse } from "../customers/list/state";
import { customerQuery } from "../customers/queries";
import { Broken, Nowhere } from "./Boundary";
import { Frame } from "./Frame";
import { Gate } from "./Gate";

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: () => (
    <Gate>
      <Frame />
    </Gate>
  ),
  notFoundComponent: Nowhere,
  errorComponent: Broken,
});

/** Whether what is opened is opened to be edited. */
function edited(search: Record<string, unknown>): { edit?: boolean } {
  return search["edit"] === true ? { edit: true } : {};
}

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("../home/HomeScreen"), "HomeScreen"),
  staticData: { title: msg`Home` },
});

const customers = createRoute({
  getParentRoute: () => root,
  path: "/customers",
  validateSearch: parse,
  component: lazyRouteComponent(() => import("../customers/list/ListScreen"), "ListScreen"),
  staticData: { title: msg`Customers` },
});

const newCustomer = createRoute({
  getParentRoute: () => root,
  path: "/customers/new",
  component: lazyRouteComponent(() => import("../customers/new/NewScreen"), "NewScreen"),
  staticData: { title: msg`New customer` },
});

const customer = createRoute({
  getParentRoute: () => root,
  path: "/customers/$customer/{-$section}",
  validateSearch: edited,
  // the strip shows who it is as soon as this is there; whether it failed is for the screen to say
  loader: ({ context, params, cause }) => {
    if (cause === "preload") void context.client.prefetchQuery(customerQuery(params.customer));
  },
  component: lazyRouteComponent(() => import("../customers/record/RecordScreen"), "RecordScreen"),
  staticData: { title: msg`Customer` },
});

const operation = createRoute({
  getParentRoute: () => root,
  path: "/operations/$operation",
  component: lazyRouteComponent(() => import("../operations/OperationScreen"), "OperationScreen"),
  staticData: { title: msg`Results` },
});

const activity = createRoute({
  getParentRoute: () => root,
  path: "/activity",
  component: lazyRouteComponent(() => import("../activity/ActivityScreen"), "ActivityScreen"),
  staticData: { title: msg`Activity` },
});

const deletedCustomers = createRoute({
  getParentRoute: () => root,
  path: "/activity/deleted",
  validateSearch: ({ q }: Record<string, unknown>): { q?: string } => (q ? { q: String(q).slice(0, 200) } : {}),
  component: lazyRouteComponent(() => import("../activity/deleted/DeletedScreen"), "DeletedScreen"),
  staticData: { title: msg`Deleted customers` },
});

const deletedCustomer = createRoute({
  getParentRoute: () => root,
  path: "/activity/deleted/$customer",
  component: lazyRouteComponent(() => import("../activity/deleted/DeletedRecord"), "DeletedRecord"),
  staticData: { title: msg`Deleted customer` },
});

const own = createRoute({
  getParentRoute: () => root,
  path: "/account",
  component: lazyRouteComponent(() => import("../sessions/OwnScreen"), "OwnScreen"),
  staticData: { title: msg`Your account` },
});

const approvals = createRoute({
  getParentRoute: () => root,
  path: "/approvals",
  validateSearch: (search: Record<string, unknown>): { group?: string } => {
    const { group } = search;
    return typeof group === "string" && /^[0-9a-f-]{36}$/.test(group) ? { group } : {};
  },
  component: lazyRouteComponent(() => import("../approvals/ApprovalsScreen"), "ApprovalsScreen"),
  staticData: { title: msg`Approvals` },
});

const groups = createRoute({
  getParentRoute: () => root,
  path: "/groups",
  validateSearch: ({ q, order }: Record<string, unknown>): { q?: string; order?: string } => ({
    ...(q !== undefined && q !== "" && { q: String(q).slice(0, 100) }),
    ...(typeof order === "string" && /^(display_name|member_count)( desc)?$/.test(order) && { order }),
  }),
  component: lazyRouteComponent(() => import("../groups/GroupsScreen"), "GroupsScreen"),
  staticData: { title: msg`Groups` },
});

const group = createRoute({
  getParentRoute: () => root,
  path: "/groups/$group",
  validateSearch: edited,
  component: lazyRouteComponent(() => import("../groups/GroupScreen"), "GroupScreen"),
  staticData: { title: msg`Group` },
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("../settings/SettingsScreen"), "SettingsScreen"),
  staticData: { title: msg`Settings` },
});

const settingsStart = createRoute({
  getParentRoute: () => settings,
  path: "/",
  component: lazyRouteComponent(() => import("../settings/SettingsScreen"), "SettingsStart"),
});

const staff = createRoute({
  getParentRoute: () => settings,
  path: "/staff",
  component: lazyRouteComponent(() => import("../staff/StaffScreen"), "StaffScreen"),
  staticData: { title: msg`Staff` },
});

const roles = createRoute({
  getParentRoute: () => settings,
  path: "/roles",
  component: lazyRouteComponent(() => import("../staff/RolesScreen"), "RolesScreen"),
  staticData: { title: msg`Roles` },
});

const fields = createRoute({
  getParentRoute: () => settings,
  path: "/fields",
  component: lazyRouteComponent(() => import("../fieldPolicy/FieldsScreen"), "FieldsScreen"),
  staticData: { title: msg`Fields` },
});

const questions = createRoute({
  getParentRoute: () => settings,
  path: "/questions",
  component: lazyRouteComponent(() => import("../securityQuestions/QuestionsScreen"), "QuestionsScreen"),
  staticData: { title: msg`Security questions` },
});

/** Every screen and its address. */
export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([
      home,
      customers,
      newCustomer,
      customer,
      operation,
      approvals,
      groups,
      group,
      activity,
      deletedCustomers,
      deletedCustomer,
      own,
      settings.addChildren([settingsStart, staff, roles, fields, questions]),
    ]),
    context: { client },
    defaultPreload: false,
    defaultErrorComponent: Broken,
    defaultNotFoundComponent: Nowhere,
    defaultPendingMs: 400,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
