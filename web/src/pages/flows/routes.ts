import { createRoute } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { NotBuilt } from "../../ui/NotBuilt";

export const flowRoutes = [
  createRoute({ getParentRoute: () => workspaceRoute, path: "flows", component: NotBuilt }),
] as const;
