import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { answer, api, type Schemas } from "../../api/client";
import { useMember } from "../../app/me";
import { useNow } from "../../time/useNow";
import { useZone } from "../../time/zone";
import { byHours, isOver, type Period, periodBefore, periodOf } from "./range";

const QUARTER = 900_000;

/** Returns what the address asks for: the period, the one before, whether it is over, and the channel. */
export function useAsked() {
  const search = useSearch({ from: "/w/$workspace/analytics" });
  const zone = useZone();
  const { range = "7", from, to, channel } = search;
  // Anew each quarter of an hour, which is what is counted; so the period ends with the day that is shown.
  const quarter = Math.floor(useNow() / QUARTER) * QUARTER;
  return useMemo(() => {
    const now = new Date(quarter + 1);
    const period = periodOf(range, zone, now, from, to);
    return {
      search,
      zone,
      range,
      period,
      before: periodBefore(period, zone, now),
      over: isOver(period, now),
      channel,
    };
  }, [search, range, zone, from, to, channel, quarter]);
}

type Group = "hour" | "day";

const queryOf = (period: Period, channel?: string, group?: Group) => ({
  from: period.since,
  to: period.until,
  ...(channel ? { channel } : {}),
  ...(group ? { group } : {}),
});

/** Measures of which statistics know the channel, but lists do not: answers of models, orders and new customers have none of their own. */
const LISTED_OVER_ALL_CHANNELS: readonly string[] = ["ai_answers", "orders", "new_customers"];

/** Returns whether there is a list of what a number counts. */
export const isListed = (measure: string, channel?: string) =>
  !(channel && LISTED_OVER_ALL_CHANNELS.includes(measure));

type Name = "summary" | "series" | "agents" | "flows" | "costs" | "broadcasts";
type Answers = {
  summary: Schemas["Summary"];
  series: Schemas["Series"];
  agents: Schemas["Agents"];
  flows: Schemas["Flows"];
  costs: Schemas["Costs"];
  broadcasts: Schemas["BroadcastsOfPeriod"];
};

/** Reads one of the statistics of a period; a period that is not over is read again each minute. group: of series. */
export function useStatistics<N extends Name>(name: N, period: Period, channel?: string, group?: Group) {
  const { workspace } = useMember();
  return useQuery({
    queryKey: [workspace, "analytics", name, period.since, period.until, channel ?? "", group ?? ""],
    queryFn: async ({ signal }) =>
      (await answer(
        api.GET(
          `/api/v1/workspaces/{workspace}/analytics/${name}` as "/api/v1/workspaces/{workspace}/analytics/summary",
          {
            params: { path: { workspace }, query: queryOf(period, channel, group) },
            signal,
          },
        ),
      )) as unknown as Answers[N],
    refetchInterval: new Date(period.until) > new Date() ? 60_000 : false,
  });
}

/** Returns the address of the same numbers as a file. */
export function fileAddress(workspace: string, name: Name, period: Period, channel?: string): string {
  const group = name === "series" && byHours(period) ? "hour" : undefined;
  return `/api/v1/workspaces/${workspace}/analytics/${name}?${new URLSearchParams(queryOf(period, channel, group))}`;
}
