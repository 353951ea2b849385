import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../../api/client";

export type Channel = Schemas["ChannelShown"];

export const channelsQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "channels"],
    queryFn: async ({ signal }) => {
      const asked = api.GET("/api/v1/workspaces/{workspace}/channels", {
        params: { path: { workspace } },
        signal,
      });
      const found = await answer(asked);
      return { ...found, etag: (await asked).response.headers.get("ETag") };
    },
    refetchInterval: 60_000,
  });

/** Sent and failed messages of a channel since the day began in the workspace's zone. */
export const channelTodayQuery = (workspace: string, channel: string, since: string) =>
  queryOptions({
    queryKey: [workspace, "analytics", "summary", { channel, since }],
    queryFn: async ({ signal }) =>
      (await answer(
        api.GET("/api/v1/workspaces/{workspace}/analytics/summary", {
          params: { path: { workspace }, query: { channel, from: since } },
          signal,
        }),
      )) as Schemas["Summary"],
    refetchInterval: 60_000,
  });

/** Returns how a channel is, worst first. */
export function stateOf(channel: Channel): "stopped" | "refused" | "quiet" | "good" {
  const { accepted_at, refused_at } = channel.webhooks;
  if (channel.stopped) return "stopped";
  if (refused_at && (!accepted_at || refused_at > accepted_at)) return "refused";
  return accepted_at ? "good" : "quiet";
}
