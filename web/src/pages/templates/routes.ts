import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";

export const templateRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "templates",
    component: lazyRouteComponent(() => import("./TemplatesPage"), "TemplatesPage"),
  }),
] as const;
