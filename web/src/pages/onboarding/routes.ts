import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";

export const onboardingRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "start",
    component: lazyRouteComponent(() => import("./OnboardingPage"), "OnboardingPage"),
  }),
] as const;
