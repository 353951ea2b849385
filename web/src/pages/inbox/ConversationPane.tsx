import { Button, Group, Paper, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { answer, api, newKey } from "../../api/client";
import { useLive } from "../../live/LiveProvider";
import { useTexts } from "../../texts";
import { ErrorState } from "../../ui/ErrorState";
import { Loading } from "../../ui/Loading";

export function ConversationPane() {
  const { inbox } = useTexts();
  const { workspace, conversation } = useParams({ from: "/w/$workspace/inbox/$conversation" });
  const { connection } = useLive();
  const [text, setText] = useState("");
  useEffect(() => connection.open(conversation), [connection, conversation]);
  const path = { workspace, conversation };
  const messages = useQuery({
    queryKey: [workspace, "messages", conversation],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/conversations/{conversation}/messages", {
          params: { path },
          signal,
        }),
      ),
  });
  const send = useMutation({
    mutationFn: (words: string) =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/conversations/{conversation}/messages", {
          params: { path, header: { "Idempotency-Key": newKey() } },
          body: { content: { type: "text", body: words, preview_url: true }, replace_outside_window: false },
        }),
      ),
    onSuccess: () => setText(""),
  });
  if (messages.isPending) return <Loading />;
  if (messages.isError) return <ErrorState error={messages.error} onRetry={() => messages.refetch()} />;
  return (
    <Stack p="md">
      {messages.data.entries.map((entry) => (
        <Paper key={entry.id} p="xs" maw="70%" ms={entry.author === "customer" ? 0 : "auto"}>
          <Text size="xs" c="dimmed">
            {entry.author}
          </Text>
          <Text>{entry.text}</Text>
        </Paper>
      ))}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim()) send.mutate(text);
        }}
      >
        <Group align="flex-end">
          <Textarea
            flex={1}
            aria-label={inbox.write}
            placeholder={inbox.write}
            value={text}
            onChange={(e) => setText(e.currentTarget.value)}
          />
          <Button type="submit" loading={send.isPending}>
            {inbox.send}
          </Button>
        </Group>
        {send.isError && <ErrorState error={send.error} />}
      </form>
    </Stack>
  );
}
