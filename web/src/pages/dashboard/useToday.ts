import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { startOfDay } from "../../time/day";
import { useZone } from "../../time/zone";
import { figuresOf } from "./figures";

const WEEK = 7 * 86_400_000;

/** Today's figures, and those of the same day last week up to the same time. */
export function useToday(workspace: string, enabled: boolean) {
  const zone = useZone();
  return useQuery({
    queryKey: [workspace, "analytics", "today", zone],
    enabled,
    refetchInterval: 60_000,
    queryFn: async ({ signal }) => {
      const now = new Date();
      const lastWeek = new Date(now.getTime() - WEEK);
      const summary = async (from: Date, to: Date) => {
        const found = await answer(
          api.GET("/api/v1/workspaces/{workspace}/analytics/summary", {
            params: { path: { workspace }, query: { from: from.toISOString(), to: to.toISOString() } },
            signal,
          }),
        );
        if (typeof found === "string") throw new TypeError("a table, where figures were asked for");
        return found;
      };
      const [today, before] = await Promise.all([
        summary(startOfDay(zone, now), now),
        summary(startOfDay(zone, lastWeek), lastWeek),
      ]);
      return { today: figuresOf(today), before: figuresOf(before) };
    },
  });
}
