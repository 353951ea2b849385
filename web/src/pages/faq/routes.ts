import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";

export const faqRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "faq",
    validateSearch: (search): { q?: string } => (search.q ? { q: String(search.q) } : {}),
    component: lazyRouteComponent(() => import("./FaqPage"), "FaqPage"),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "faq/unanswered",
    component: lazyRouteComponent(() => import("./UnansweredPage"), "UnansweredPage"),
  }),
] as const;
