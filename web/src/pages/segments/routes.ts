import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";

export const segmentRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "segments",
    component: lazyRouteComponent(() => import("./SegmentsPage"), "SegmentsPage"),
  }),
] as const;
