import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";

export const catalogRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "catalog",
    component: lazyRouteComponent(
      withTexts(() => import("./CatalogPage"), "catalog", "edits", "faq", "templates"),
      "CatalogPage",
    ),
  }),
] as const;
