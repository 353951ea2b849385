import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../api/client";

export type Broadcast = Schemas["BroadcastDetails"];
export type Stage = Schemas["BroadcastStage"];
export type Variant = Schemas["Variant"];
export type Reached = Schemas["RecipientState"];

const RUNNING: readonly Stage[] = ["making", "scheduled", "running"];

/** Whether numbers will change soon: it runs, or messages that are out have no result yet. */
const isMoving = ({ stage, counts }: Broadcast) =>
  RUNNING.includes(stage) || Boolean(counts.queued) || (stage === "cancelled" && Boolean(counts.pending));

/**
 * Reads a broadcast; while its numbers change also every few seconds, because not every result has an event of its own
 * and because the server gives all viewers the numbers of the last seconds.
 */
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
    refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? 2_000 : 15_000),
  });
