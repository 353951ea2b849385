import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";

export const dashboardRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "dashboard",
    component: lazyRouteComponent(() => import("./DashboardPage"), "DashboardPage"),
  }),
] as const;
