import { createRoute } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { NotBuilt } from "../../ui/NotBuilt";

export const customerRoutes = [
  createRoute({ getParentRoute: () => workspaceRoute, path: "customers", component: NotBuilt }),
] as const;
