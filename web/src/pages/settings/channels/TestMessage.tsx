import { Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { answer, api, newKey } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { RequestError } from "../../../ui/RequestError";

/**
 * Sends a message to whoever wrote to the channel last. WhatsApp lets nobody begin with free text, so the person writes
 * to the number from a phone first.
 */
export function TestMessage({ channel }: { channel: string }) {
  const { channels: texts } = useTexts();
  const { workspace, can } = useMember();
  const [text, setText] = useState("");
  const key = useRef(newKey());
  const newest = useQuery({
    queryKey: [workspace, "conversations", "newest-of-channel", channel],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/conversations", {
          params: { path: { workspace }, query: { channel, limit: 1 } },
          signal,
        }),
      ),
    refetchInterval: (state) => (state.state.data?.items.length ? 30_000 : 4_000),
  });
  const to = newest.data?.items[0];
  const send = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/conversations/{conversation}/messages", {
          params: {
            path: { workspace, conversation: to?.id ?? "" },
            header: { "Idempotency-Key": key.current },
          },
          body: {
            content: { type: "text", body: text || texts.testBody, preview_url: true },
            reply_to: "",
            replace_outside_window: false,
          },
        }),
      ),
    onSuccess: () => {
      key.current = newKey();
    },
  });
  if (!can("messages_write")) return null;
  return (
    <section aria-label={texts.test}>
      <Stack gap="xs">
        <Title order={3} size="h5">
          {texts.test}
        </Title>
        {!to && <Text size="sm">{texts.testFirst}</Text>}
        {to && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              send.mutate();
            }}
          >
            <Group align="flex-end" gap="xs">
              <TextInput
                label={texts.testTo(to.customer.name || to.customer.number)}
                placeholder={texts.testBody}
                value={text}
                onChange={(event) => setText(event.currentTarget.value)}
                flex="1 1 16rem"
                maw={400}
              />
              <Button type="submit" variant="default" loading={send.isPending}>
                {texts.testSend}
              </Button>
            </Group>
          </form>
        )}
        <RequestError error={send.error} />
        {send.isSuccess && (
          <Text size="sm" role="status">
            {texts.testSent}
          </Text>
        )}
      </Stack>
    </section>
  );
}
