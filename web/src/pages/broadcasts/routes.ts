import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";

export const broadcastRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "broadcasts",
    component: lazyRouteComponent(
      withTexts(() => import("./BroadcastsPage"), "broadcasts"),
      "BroadcastsPage",
    ),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "broadcasts/new",
    component: lazyRouteComponent(
      withTexts(() => import("./ComposePage"), "broadcasts", "edits", "templates"),
      "ComposePage",
    ),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "broadcasts/$broadcast",
    component: lazyRouteComponent(
      withTexts(() => import("./BroadcastPage"), "broadcasts"),
      "BroadcastPage",
    ),
  }),
] as const;
