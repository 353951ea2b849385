import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../../api/client";

export type Webhook = Schemas["WebhookShown"];
export type Call = Schemas["WebhookCall"];

export const webhooksQuery = (workspace: string) =>
  queryOptions({
    queryKey: [workspace, "webhooks"],
    queryFn: async ({ signal }) => {
      const request = api.GET("/api/v1/workspaces/{workspace}/webhooks", {
        params: { path: { workspace } },
        signal,
      });
      const found = await answer(request);
      return { ...found, etag: (await request).response.headers.get("ETag") };
    },
    refetchInterval: 30_000,
  });

/** The kinds of events, those that are usual first. */
export const KINDS = [
  "message.received",
  "message.sent",
  "message.status",
  "message.failed",
  "conversation.updated",
  "order.placed",
  "budget.spent",
  "message.changed",
  "order.changed",
  "customer.changed",
  "flow.ended",
  "note.added",
  "broadcast.changed",
  "channel.changed",
  "template.changed",
  "command.done",
  "command.refused",
] as const;
export const USUAL = KINDS.slice(0, 7);
