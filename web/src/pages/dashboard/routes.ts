import { createRoute } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { NotBuilt } from "../../ui/NotBuilt";

export const dashboardRoutes = [
  createRoute({ getParentRoute: () => workspaceRoute, path: "dashboard", component: NotBuilt }),
] as const;
