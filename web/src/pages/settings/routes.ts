import { createRoute } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { NotBuilt } from "../../ui/NotBuilt";

export const settingsRoutes = [
  createRoute({ getParentRoute: () => workspaceRoute, path: "settings", component: NotBuilt }),
] as const;
