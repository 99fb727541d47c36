import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
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

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/customers", replace: true });
  },
});

const customers = createRoute({
  getParentRoute: () => root,
  path: "/customers",
  validateSearch: parse,
  component: lazyRouteComponent(() => import("../customers/list/ListScreen"), "ListScreen"),
});

const newCustomer = createRoute({
  getParentRoute: () => root,
  path: "/customers/new",
  component: lazyRouteComponent(() => import("../customers/new/NewScreen"), "NewScreen"),
});

const customer = createRoute({
  getParentRoute: () => root,
  path: "/customers/$customer/{-$section}",
  validateSearch: (search: Record<string, unknown>): { edit?: boolean } =>
    search["edit"] === true ? { edit: true } : {},
  // the strip shows who it is as soon as this is there; whether it failed is for the screen to say
  loader: ({ context, params, cause }) => {
    if (cause === "preload") void context.client.prefetchQuery(customerQuery(params.customer));
  },
  component: lazyRouteComponent(() => import("../customers/record/RecordScreen"), "RecordScreen"),
});

const operation = createRoute({
  getParentRoute: () => root,
  path: "/operations/$operation",
  component: lazyRouteComponent(() => import("../operations/OperationScreen"), "OperationScreen"),
});

const activity = createRoute({
  getParentRoute: () => root,
  path: "/activity",
  component: lazyRouteComponent(() => import("../activity/ActivityScreen"), "ActivityScreen"),
});

/** Every screen and its address. */
export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([home, customers, newCustomer, customer, operation, activity]),
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
