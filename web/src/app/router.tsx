import { createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { pageOptions } from "../api/pageOptions";
import { accountRoutes } from "../pages/account/routes";
import { analyticsRoutes } from "../pages/analytics/routes";
import { broadcastRoutes } from "../pages/broadcasts/routes";
import { catalogRoutes } from "../pages/catalog/routes";
import { customerRoutes } from "../pages/customers/routes";
import { dashboardRoutes } from "../pages/dashboard/routes";
import { faqRoutes } from "../pages/faq/routes";
import { flowRoutes } from "../pages/flows/routes";
import { inboxRoutes } from "../pages/inbox/routes";
import { onboardingRoutes } from "../pages/onboarding/routes";
import { orderRoutes } from "../pages/orders/routes";
import { phoneRoutes } from "../pages/phone/routes";
import { replayRoutes } from "../pages/replay/routes";
import { segmentRoutes } from "../pages/segments/routes";
import { settingsRoutes } from "../pages/settings/routes";
import { templateRoutes } from "../pages/templates/routes";
import { withTexts } from "../texts";
import { Loading } from "../ui/Loading";
import { isSignedIn, requireSession, rootRoute, workspaceRoute } from "./workspaceRoute";

/** `/` leads to the first workspace; strangers see what Parley is, or the sign-in page. */
const startRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: async () => {
    if (pageOptions.landing && !(await isSignedIn())) return;
    const { me } = await requireSession("/");
    const first = me.workspaces[0];
    throw first ? redirect({ to: `/w/${first.workspace}/inbox` as string }) : redirect({ to: "/account" });
  },
  component: lazyRouteComponent(
    withTexts(() => import("../pages/landing/LandingPage"), "landing"),
    "LandingPage",
  ),
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    startRoute,
    ...accountRoutes,
    workspaceRoute.addChildren([
      ...dashboardRoutes,
      ...onboardingRoutes,
      ...inboxRoutes,
      ...customerRoutes,
      ...segmentRoutes,
      ...orderRoutes,
      ...broadcastRoutes,
      ...flowRoutes,
      ...faqRoutes,
      ...catalogRoutes,
      ...templateRoutes,
      ...analyticsRoutes,
      ...replayRoutes,
      ...settingsRoutes,
      ...phoneRoutes,
    ]),
  ]),
  defaultPendingComponent: () => <Loading h="100dvh" />,
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
