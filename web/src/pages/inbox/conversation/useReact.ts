import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { answer, api } from "../../../api/client";
import { useTexts } from "../../../texts";
import { words } from "../../../ui/ErrorState";
import { RefusedError, useCommands } from "./useCommands";
import { timelineKey } from "./useTimeline";

/** Returns a function that puts an emoji on a message, and the emoji that are being sent, by message. */
export function useReact(workspace: string, conversation: string) {
  const texts = useTexts();
  const client = useQueryClient();
  const { run } = useCommands();
  const [reacting, setReacting] = useState<ReadonlyMap<string, string>>(new Map());
  const react = useCallback(
    async (message: string, emoji: string) => {
      setReacting((now) => new Map(now).set(message, emoji));
      try {
        await run((key) =>
          answer(
            api.POST("/api/v1/workspaces/{workspace}/conversations/{conversation}/messages", {
              params: { path: { workspace, conversation }, header: { "Idempotency-Key": key } },
              body: {
                content: { type: "reaction", message, provider_message_id: "", emoji },
                reply_to: "",
                replace_outside_window: false,
              },
            }),
          ),
        );
        await client.invalidateQueries({ queryKey: timelineKey(workspace, conversation) });
      } catch (error) {
        const { conversation: t } = texts;
        const why =
          error instanceof RefusedError ? (t.reasons[error.outcome.reason] ?? "") : words(error, texts);
        notifications.show({ message: `${t.reactionFailed} ${why}`, color: "red", autoClose: 10_000 });
      } finally {
        setReacting((now) => new Map([...now].filter(([id]) => id !== message)));
      }
    },
    [workspace, conversation, client, run, texts],
  );
  return { react, reacting };
}
