import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";
import { DIFFERENCES, type Difference, ORIGINS, type Origin, VOTED, type Voted } from "./kinds";

/** The filters of a replay's results. */
export type ResultsSearch = {
  difference?: Difference;
  then?: Origin;
  now?: Origin;
  voted?: Voted;
  /** Only this message: the id of its result. */
  message?: string;
};
/** The content that a new replay begins with: the FAQ, or a flow's draft. */
export type NewReplaySearch = { change?: "faq"; flow?: string };

export const replayRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "replays",
    component: lazyRouteComponent(
      withTexts(() => import("./ReplaysPage"), "replay"),
      "ReplaysPage",
    ),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "replays/new",
    validateSearch: (search): NewReplaySearch => ({
      change: search.change === "faq" ? "faq" : undefined,
      flow: typeof search.flow === "string" && search.flow ? search.flow : undefined,
    }),
    component: lazyRouteComponent(
      withTexts(() => import("./NewReplayPage"), "replay"),
      "NewReplayPage",
    ),
  }),
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "replays/$replay",
    validateSearch: (search): ResultsSearch => ({
      difference: DIFFERENCES.find((one) => one === search.difference),
      // biome-ignore lint/suspicious/noThenProperty: the answer then; no promise, and never awaited
      then: ORIGINS.find((one) => one === search.then),
      now: ORIGINS.find((one) => one === search.now),
      voted: VOTED.find((one) => one === search.voted),
      message: typeof search.message === "string" && search.message ? search.message : undefined,
    }),
    component: lazyRouteComponent(
      withTexts(() => import("./ReplayPage"), "replay"),
      "ReplayPage",
    ),
  }),
] as const;
