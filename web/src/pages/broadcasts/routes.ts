import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";

export const broadcastRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "broadcasts",
    component: lazyRouteComponent(() => import("./BroadcastsPage"), "BroadcastsPage"),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "broadcasts/new",
    component: lazyRouteComponent(() => import("./ComposePage"), "ComposePage"),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "broadcasts/$broadcast",
    component: lazyRouteComponent(() => import("./BroadcastPage"), "BroadcastPage"),
  }),
] as const;
