import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";

export const faqRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "faq",
    validateSearch: (search): { q?: string } => (search.q ? { q: String(search.q) } : {}),
    component: lazyRouteComponent(
      withTexts(() => import("./FaqPage"), "catalog", "edits", "faq", "templates"),
      "FaqPage",
    ),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "faq/unanswered",
    component: lazyRouteComponent(
      withTexts(() => import("./UnansweredPage"), "catalog", "edits", "faq", "templates"),
      "UnansweredPage",
    ),
  }),
] as const;
