import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useChannelList } from "./ChannelsCard";

export type Next = { text: string; to: string; urgent: boolean };

/** The things to do next, the urgent first, without those that a role may not see. */
export function useNext(workspace: string): { items: Next[]; loading: boolean } {
  const { dashboard } = useTexts();
  const member = useMember();
  const path = { workspace };
  const channels = useChannelList(workspace, member.can("channels_read"));
  const templates = useQuery({
    queryKey: [workspace, "templates", "dashboard"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/templates", { params: { path }, signal })),
    enabled: member.can("content_read"),
  });
  const unanswered = useQuery({
    queryKey: [workspace, "unanswered", "dashboard"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/unanswered", { params: { path }, signal })),
    enabled: member.can("content_read"),
  });
  const broadcasts = useQuery({
    queryKey: [workspace, "broadcasts", "dashboard"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/broadcasts", { params: { path }, signal })),
    enabled: member.can("broadcasts_read"),
  });
  const items: Next[] = [];
  const add = (text: string, to: string, urgent = false) => items.push({ text, to, urgent });
  if (channels.data?.items.length === 0) add(dashboard.noChannel, "start", true);
  for (const one of channels.data?.items ?? []) {
    if (one.stopped)
      add(dashboard.stopped(one.address, one.stopped.held), `settings/channels/${one.id}`, true);
    else if (!one.webhooks.accepted_at) add(dashboard.silent(one.address), "start");
  }
  for (const one of broadcasts.data?.items ?? []) {
    if (one.stage === "paused") add(dashboard.paused(one.name || one.id), `broadcasts/${one.id}`, true);
  }
  const rejected = templates.data?.items.filter(isRejected) ?? [];
  if (rejected.length > 0) add(dashboard.rejected(rejected.length), "templates");
  const questions = unanswered.data?.items.length ?? 0;
  if (questions > 0) add(dashboard.unanswered(questions), "faq/unanswered");
  const asked = [channels, templates, unanswered, broadcasts].filter((one) => one.fetchStatus !== "idle");
  return { items, loading: asked.some((one) => one.isPending) };
}

const isRejected = (template: Record<string, unknown>) =>
  String(template.status ?? template.state ?? "").toLowerCase() === "rejected";
