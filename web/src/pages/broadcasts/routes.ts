import { createRoute } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { NotBuilt } from "../../ui/NotBuilt";

export const broadcastRoutes = [
  createRoute({ getParentRoute: () => workspaceRoute, path: "broadcasts", component: NotBuilt }),
] as const;
