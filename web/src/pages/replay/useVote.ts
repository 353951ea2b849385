import { notifications } from "@mantine/notifications";
import { type InfiniteData, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { words } from "../../ui/ErrorState";
import type { Vote } from "./kinds";
import { type Result, replayQuery } from "./queries";

type Cast = { result: Result; vote: Vote | null; note: string };
type Pages = InfiniteData<{ items: Result[]; next: string | null }>;

/** Votes on results: toggles one's vote, or changes its note. The list shows it when the console has it. */
export function useVote(replay: string) {
  const texts = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const send = useMutation({
    scope: { id: `vote-${replay}` }, // one after the other: the last vote is the one that stays
    mutationFn: ({ result, vote, note }: Cast) => {
      const params = { path: { workspace, replay, result: result.id } };
      const path = "/api/v1/workspaces/{workspace}/replays/{replay}/results/{result}/vote";
      return answer(vote ? api.PUT(path, { params, body: { vote, note } }) : api.DELETE(path, { params }));
    },
    onSuccess: (after) => {
      const lists = { queryKey: [workspace, "replays", replay, "results"] };
      client.setQueriesData<Pages>(
        lists,
        (known) =>
          known && {
            ...known,
            pages: known.pages.map((page) => ({
              ...page,
              items: page.items.map((one) => (one.id === after.id ? after : one)),
            })),
          },
      );
      // A list that was asked for before the vote does not have it.
      if (client.isFetching(lists)) void client.invalidateQueries(lists);
      void client.invalidateQueries({ queryKey: replayQuery(workspace, replay).queryKey });
    },
    onError: (error) => notifications.show({ color: "red", message: words(error, texts) }),
  });
  const mine = (result: Result) => result.votes.find((one) => one.mine);
  return {
    toggle: (result: Result, vote: Vote) => {
      const own = mine(result);
      send.mutate({ result, vote: own?.vote === vote ? null : vote, note: own?.note ?? "" });
    },
    note: (result: Result, note: string) => {
      const own = mine(result);
      if (own) send.mutate({ result, vote: own.vote, note });
    },
  };
}
