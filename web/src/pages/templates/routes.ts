import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";

export const templateRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "templates",
    component: lazyRouteComponent(
      withTexts(() => import("./TemplatesPage"), "catalog", "faq", "templates"),
      "TemplatesPage",
    ),
  }),
] as const;
