import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";

export const onboardingRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "start",
    component: lazyRouteComponent(
      withTexts(() => import("./OnboardingPage"), "onboarding"),
      "OnboardingPage",
    ),
  }),
] as const;
