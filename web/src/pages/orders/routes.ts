import { createRoute } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { NotBuilt } from "../../ui/NotBuilt";

export const orderRoutes = [
  createRoute({ getParentRoute: () => workspaceRoute, path: "orders", component: NotBuilt }),
] as const;
