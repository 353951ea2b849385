import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { requireSession, rootRoute } from "../../app/workspaceRoute";

export const accountRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "account",
    beforeLoad: ({ location }) => requireSession(location.href),
    component: lazyRouteComponent(() => import("./AccountPage"), "AccountPage"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "confirm-email",
    component: lazyRouteComponent(() => import("./ConfirmEmailPage"), "ConfirmEmailPage"),
  }),
] as const;
