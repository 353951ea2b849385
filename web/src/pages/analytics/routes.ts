import { createRoute } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { NotBuilt } from "../../ui/NotBuilt";

export const analyticsRoutes = [
  createRoute({ getParentRoute: () => workspaceRoute, path: "analytics", component: NotBuilt }),
] as const;
