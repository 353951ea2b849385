import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, api } from "../../../../api/client";
import { useMember } from "../../../../app/me";
import type { Counters } from "../canvas/elements";
import { useBuilder } from "../layout";

/** Returns the numbers of each step: how many customers are there now, and the share that left there in seven days. */
export function useCounters(): Counters {
  const { workspace } = useMember();
  const { flow } = useBuilder();
  const found = useQuery({
    queryKey: [workspace, "flow-steps", flow],
    queryFn: () =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/flows/{name}/steps", {
          params: { path: { workspace, name: flow } },
        }),
      ),
    staleTime: 60_000,
    refetchInterval: 60_000,
  }).data;
  return useMemo(() => {
    const share = (left: number) => (found?.ended ? Math.round((100 * left) / found.ended) : 0);
    return new Map(found?.items.map((one) => [one.step, { here: one.here, leave: share(one.left) }]));
  }, [found]);
}
