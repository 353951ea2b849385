import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { requireSession, rootRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";

export const accountRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "account",
    beforeLoad: ({ location }) => requireSession(location.href),
    component: lazyRouteComponent(
      withTexts(() => import("./AccountPage"), "account", "signIn"),
      "AccountPage",
    ),
  }),
] as const;
