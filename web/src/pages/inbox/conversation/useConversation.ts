import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { answer, api, type Schemas } from "../../../api/client";
import { useLive } from "../../../live/LiveProvider";

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
  useEffect(() => {
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
      void client.invalidateQueries({ queryKey: key });
    });
  }, [listen, client, workspace, conversation]);
  return query;
}
