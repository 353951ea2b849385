import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";

export const dashboardRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "dashboard",
    component: lazyRouteComponent(
      withTexts(() => import("./DashboardPage"), "dashboard"),
      "DashboardPage",
    ),
  }),
] as const;
