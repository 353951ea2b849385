import { Button, Group, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useIntent } from "../../../ui/intent";
import { RequestError } from "../../../ui/RequestError";

type Row = Schemas["ConversationRow"];

const OFFERED = 5;
const nameOf = ({ customer }: Row) => customer.name || customer.number || customer.username;

/**
 * Sends a message to one of those who wrote to the channel last. WhatsApp lets nobody begin with free text, so the
 * person writes to the number from a phone first. Whoever is shown when the person begins to type stays the receiver.
 */
export function TestMessage({ channel }: { channel: string }) {
  const { channels: texts } = useTexts();
  const { workspace, can } = useMember();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<Row | null>(null);
  const once = useIntent();
  const newest = useQuery({
    queryKey: [workspace, "conversations", "newest-of-channel", channel],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/conversations", {
          params: { path: { workspace }, query: { channel, limit: OFFERED } },
          signal,
        }),
      ),
    refetchInterval: (state) => (state.state.data?.items.length ? 30_000 : 4_000),
  });
  const found = newest.data?.items ?? [];
  const to = chosen ?? found[0];
  const offered = to && !found.some((one) => one.id === to.id) ? [to, ...found] : found;
  const send = useMutation({
    mutationFn: (conversation: string) => {
      const body = {
        content: { type: "text" as const, body: text || texts.testBody, preview_url: true },
        reply_to: "",
        replace_outside_window: false,
      };
      return once([conversation, body], (key) =>
        answer(
          api.POST("/api/v1/workspaces/{workspace}/conversations/{conversation}/messages", {
            params: { path: { workspace, conversation }, header: { "Idempotency-Key": key } },
            body,
          }),
        ),
      );
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
              setChosen(to);
              send.mutate(to.id);
            }}
          >
            <Group align="flex-end" gap="xs">
              <Select
                label={texts.testReceiver}
                allowDeselect={false}
                value={to.id}
                data={offered.map((one) => ({ value: one.id, label: nameOf(one) }))}
                onChange={(id) => setChosen(offered.find((one) => one.id === id) ?? to)}
                onDropdownOpen={() => setChosen(to)}
              />
              <TextInput
                label={texts.testTo(nameOf(to))}
                placeholder={texts.testBody}
                value={text}
                onFocus={() => setChosen(to)}
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
