import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";
import { readFlowAhead } from "./builder/opening";

/** view: the picture, or the outline. tab: on the right. code: the text is shown on the left. step: the selected one. */
export type BuilderSearch = {
  view?: "outline";
  tab?: "try" | "tests";
  code?: true;
  step?: string;
};

export const builderRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: "flows/$flow",
  validateSearch: (search): BuilderSearch => ({
    ...(search.view === "outline" ? { view: "outline" } : {}),
    ...(search.tab === "try" || search.tab === "tests" ? { tab: search.tab } : {}),
    ...(search.code === true ? { code: true } : {}),
    ...(typeof search.step === "string" ? { step: search.step } : {}),
  }),
  loader: ({ params: { workspace, flow }, preload }) => {
    import("./builder/canvas/Canvas").catch(() => undefined); // it is asked for again where it is shown
    if (!preload) readFlowAhead(workspace, flow);
  },
  shouldReload: false, // another pane or step of the same flow reads nothing
  component: lazyRouteComponent(
    withTexts(() => import("./builder/BuilderPage"), "builder", "composer"),
    "BuilderPage",
  ),
});

export const flowRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "flows",
    component: lazyRouteComponent(
      withTexts(() => import("./list/FlowsPage"), "flows", "edits", "conversation"),
      "FlowsPage",
    ),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "flow-starters",
    component: lazyRouteComponent(
      withTexts(() => import("./starters/StartersPage"), "flows"),
      "StartersPage",
    ),
  }),
  builderRoute,
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "flows/$flow/versions",
    validateSearch: (search): { old?: string; new?: string } => ({
      ...(typeof search.old === "string" ? { old: search.old } : {}),
      ...(typeof search.new === "string" ? { new: search.new } : {}),
    }),
    component: lazyRouteComponent(
      withTexts(() => import("./versions/VersionsPage"), "flowVersions", "edits", "conversation"),
      "VersionsPage",
    ),
  }),
] as const;
