import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { answer, api, type Schemas } from "../../../api/client";
import { useLive } from "../../../live/LiveProvider";
import { rowState } from "./rowState";
import { useThrottled } from "./useThrottled";

const REFRESH_AT_MOST_EVERY = 3_000;

type Details = Schemas["ConversationDetails"];

/** Returns a conversation, kept fresh by live events. */
export function useConversation(workspace: string, conversation: string) {
  const client = useQueryClient();
  const { listen } = useLive();
  const query = useQuery({
    queryKey: [workspace, "conversation", conversation],
    refetchOnMount: "always",
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/conversations/{conversation}", {
          params: { path: { workspace, conversation } },
          signal,
        }),
      ),
  });
  const stateShown = useRef<string | null>(null);
  const refresh = useThrottled(
    () => void client.invalidateQueries({ queryKey: [workspace, "conversation", conversation] }),
    REFRESH_AT_MOST_EVERY,
  );
  useEffect(() => {
    stateShown.current = null;
    const key = [workspace, "conversation", conversation];
    return listen((frame) => {
      if (frame.type === "customer:changed" && frame.data.conversation === conversation) {
        void client.invalidateQueries({ queryKey: [workspace, "customers", frame.data.customer] });
        void client.invalidateQueries({ queryKey: key });
      } else if (frame.type === "order:changed" && frame.data.conversation === conversation) {
        void client.invalidateQueries({ queryKey: [workspace, "customer-orders"] });
      }
      if (frame.type !== "conversation:changed") return;
      const row = frame.data.rows.find((one) => one.id === conversation);
      if (!row) return;
      client.setQueryData<Details>(key, (known) =>
        known && !row.partial && row.version >= known.row.version
          ? { ...known, row: { ...known.row, ...row } }
          : known,
      );
      const state = row.partial ? null : rowState(row);
      // A colleague's conversation without a flow has nothing that its row lacks until its state changes.
      const isAll = state !== null && state === stateShown.current && row.mode === "human" && !row.flow;
      stateShown.current = state;
      if (!isAll) refresh();
    });
  }, [listen, client, workspace, conversation, refresh]);
  return query;
}
