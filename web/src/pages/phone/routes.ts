import { createRoute } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { NotBuilt } from "../../ui/NotBuilt";

export const phoneRoutes = [
  createRoute({ getParentRoute: () => workspaceRoute, path: "phone", component: NotBuilt }),
] as const;
