import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";

export const phoneRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "phone",
    component: lazyRouteComponent(() => import("./PhonePage"), "PhonePage"),
  }),
] as const;
