import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { answer, api, type Schemas } from "../../api/client";
import { useMember } from "../../app/me";
import { useZone } from "../../time/zone";
import { type Period, periodBefore, periodOf } from "./range";

/** Returns what the address asks for: the period, the one before, and the channel. */
export function useAsked() {
  const search = useSearch({ from: "/w/$workspace/analytics" });
  const zone = useZone();
  const { range = "7", from, to, channel } = search;
  const period = useMemo(() => periodOf(range, zone, new Date(), from, to), [range, zone, from, to]);
  const before = useMemo(() => periodBefore(period, zone), [period, zone]);
  return { search, zone, range, period, before, channel };
}

const queryOf = (period: Period, channel?: string) => ({
  from: period.since,
  to: period.until,
  ...(channel ? { channel } : {}),
});

/** Measures of which statistics know the channel, but lists do not: answers of models, orders and new customers have none of their own. */
const LISTED_OVER_ALL_CHANNELS: readonly string[] = ["ai_answers", "orders", "new_customers"];

/** Returns whether there is a list of what a number counts. */
export const isListed = (measure: string, channel?: string) =>
  !(channel && LISTED_OVER_ALL_CHANNELS.includes(measure));

type Name = "summary" | "series" | "agents" | "flows" | "costs";
type Answers = {
  summary: Schemas["Summary"];
  series: Schemas["Series"];
  agents: Schemas["Agents"];
  flows: Schemas["Flows"];
  costs: Schemas["Costs"];
};

/** Reads one of the statistics of a period; a period that is not over is read again each minute. */
export function useStatistics<N extends Name>(name: N, period: Period, channel?: string) {
  const { workspace } = useMember();
  return useQuery({
    queryKey: [workspace, "analytics", name, period.since, period.until, channel ?? ""],
    queryFn: async ({ signal }) =>
      (await answer(
        api.GET(
          `/api/v1/workspaces/{workspace}/analytics/${name}` as "/api/v1/workspaces/{workspace}/analytics/summary",
          {
            params: { path: { workspace }, query: queryOf(period, channel) },
            signal,
          },
        ),
      )) as unknown as Answers[N],
    refetchInterval: new Date(period.until) > new Date() ? 60_000 : false,
  });
}

/** Returns the address of the same numbers as a file. */
export function fileAddress(workspace: string, name: Name, period: Period, channel?: string): string {
  return `/api/v1/workspaces/${workspace}/analytics/${name}?${new URLSearchParams(queryOf(period, channel))}`;
}
