import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { pageOptions } from "../../api/pageOptions";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";

const AGAIN_MS = 10_000;
export type Step = {
  title: string;
  done: boolean;
  /** The thing to do, or what was found. */
  text: string;
  action?: { text: string; to: string };
};

/** Returns the words of a check, which the command line shows after the check's name, as a sentence. */
const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** The steps to the first real number (docs/first-number.md), as the API's checks find them. */
export function useSteps(workspace: string) {
  const { onboarding } = useTexts();
  const member = useMember();
  const operates = member.can("channels_operate");
  const path = { workspace };
  const channels = useQuery({
    queryKey: [workspace, "channels", "start"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/channels", { params: { path }, signal })),
    refetchInterval: AGAIN_MS,
  });
  const channel = channels.data?.items[0];
  const checks = useQuery({
    queryKey: [workspace, "channel-check", channel?.id],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/channels/{channel}/check", {
          params: { path: { workspace, channel: channel?.id ?? "" } },
          signal,
        }),
      ),
    enabled: operates && channel !== undefined,
    refetchInterval: AGAIN_MS,
  });
  const conversations = useQuery({
    queryKey: [workspace, "folder-counts", "start"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/conversations/counts", { params: { path }, signal })),
    refetchInterval: AGAIN_MS,
  });
  const faqs = useQuery({
    queryKey: [workspace, "faqs", "start"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/faqs", { params: { path }, signal })),
  });
  const members = useQuery({
    queryKey: [workspace, "members", "start"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/members", { params: { path }, signal })),
  });
  const named: Record<string, string> = {
    credentials: onboarding.credentials,
    "app secret": onboarding["app secret"],
    webhooks: onboarding.webhooks,
    signature: onboarding.signature,
    sending: onboarding.sending,
  };
  const steps: Step[] = [
    {
      title: onboarding.channel,
      done: channel !== undefined,
      text: channel ? channel.address : onboarding.channelText,
      action: channel
        ? { text: onboarding.toChannel, to: `settings/channels/${channel.id}` }
        : member.can("credentials")
          ? { text: onboarding.addChannel, to: "settings/channels/add" }
          : undefined,
    },
    ...(checks.data?.items ?? []).map((one) => ({
      title: named[one.name] ?? onboarding.access(one.name),
      done: one.good,
      text: one.good ? sentence(one.text) : `${sentence(one.text)}. ${sentence(one.advice)}.`,
    })),
    {
      title: onboarding.message,
      done: (conversations.data?.all ?? 0) > 0,
      text: pageOptions.phone ? onboarding.messagePlayed : onboarding.messageText,
      action: pageOptions.phone
        ? { text: onboarding.toPhone, to: "phone" }
        : { text: onboarding.toInbox, to: "inbox" },
    },
    {
      title: onboarding.faq,
      done: (faqs.data?.items.length ?? 0) > 0,
      text: onboarding.faqText,
      action: { text: onboarding.toFaq, to: "faq" },
    },
    {
      title: onboarding.colleague,
      done: (members.data?.items.length ?? 0) > 1,
      text: onboarding.colleagueText,
      action: { text: onboarding.toPeople, to: "settings/people" },
    },
  ];
  const all = [channels, conversations, faqs, members];
  return {
    steps,
    operates,
    loading: all.some((one) => one.isPending) || checks.isLoading,
    error: all.find((one) => one.error)?.error ?? checks.error,
    again: () => void Promise.all([...all, checks].map((one) => one.refetch())),
  };
}
