import { createRoute } from "@tanstack/react-router";
import { requireSession, rootRoute } from "../../app/workspaceRoute";
import { NotBuilt } from "../../ui/NotBuilt";

export const accountRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "account",
    beforeLoad: ({ location }) => requireSession(location.href),
    component: NotBuilt,
  }),
] as const;
