import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";

export const segmentRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "segments",
    component: lazyRouteComponent(
      withTexts(() => import("./SegmentsPage"), "customers", "edits", "segments"),
      "SegmentsPage",
    ),
  }),
] as const;
