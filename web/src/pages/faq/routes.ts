import { createRoute } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { NotBuilt } from "../../ui/NotBuilt";

export const faqRoutes = [
  createRoute({ getParentRoute: () => workspaceRoute, path: "faq", component: NotBuilt }),
] as const;
