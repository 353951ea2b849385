import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";

export const catalogRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "catalog",
    component: lazyRouteComponent(() => import("./CatalogPage"), "CatalogPage"),
  }),
] as const;
