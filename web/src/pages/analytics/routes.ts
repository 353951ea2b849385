import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { workspaceRoute } from "../../app/workspaceRoute";
import { withTexts } from "../../texts";
import { RANGES, type Range } from "./range";

export const TABS = [
  "conversations",
  "answers",
  "people",
  "flows",
  "broadcasts",
  "costs",
  "delivery",
] as const;
export type Tab = (typeof TABS)[number];

/** list, label: the number whose list is open. from, to: days of an own range, both included. */
export type AnalyticsSearch = {
  tab?: Tab;
  range?: Range;
  from?: string;
  to?: string;
  channel?: string;
  list?: string;
  label?: string;
};

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
const day = (value: unknown) =>
  typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) ? value : undefined;

export const analyticsRoutes = [
  createRoute({
    getParentRoute: () => workspaceRoute,
    path: "analytics",
    validateSearch: (search): AnalyticsSearch => ({
      tab: TABS.find((one) => one === search.tab),
      range: RANGES.find((one) => one === search.range),
      from: day(search.from),
      to: day(search.to),
      channel: text(search.channel),
      list: text(search.list),
      label: typeof search.label === "string" ? search.label : undefined,
    }),
    component: lazyRouteComponent(
      withTexts(() => import("./AnalyticsPage"), "analytics"),
      "AnalyticsPage",
    ),
  }),
] as const;
