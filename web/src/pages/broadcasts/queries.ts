import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../api/client";

export type Broadcast = Schemas["BroadcastDetails"];
export type Stage = Schemas["BroadcastStage"];
export type Variant = Schemas["Variant"];
export type Reached = Schemas["RecipientState"];

const RUNNING: readonly Stage[] = ["making", "scheduled", "running"];

/** Reads a broadcast; while it runs also every few seconds, because not every result has an event of its own. */
export const broadcastQuery = (workspace: string, broadcast: string) =>
  queryOptions({
    queryKey: [workspace, "broadcasts", broadcast],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/broadcasts/{broadcast}", {
          params: { path: { workspace, broadcast } },
          signal,
        }),
      ),
    refetchInterval: ({ state }) => (state.data && RUNNING.includes(state.data.stage) ? 2_000 : 15_000),
  });
