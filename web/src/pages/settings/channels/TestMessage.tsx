import { Button, Group, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, newKey, type Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { ConfirmDialog } from "../../../ui/ConfirmDialog";
import { refusalOf, useCommandsOf } from "../../inbox/conversation/useCommands";

type Row = Schemas["ConversationRow"];

const OFFERED = 5;
const nameOf = ({ customer }: Row) => customer.name || customer.number || customer.username;

/** Names the receiver with the number, if the caller may see one: two people may have the same name. */
const inFull = (row: Row) =>
  row.customer.name && row.customer.number ? `${row.customer.name} (${row.customer.number})` : nameOf(row);

/**
 * Sends a message to one of those who wrote to the channel last. WhatsApp lets nobody begin with free text, so the
 * person writes to the number from a phone first. Whoever is shown when the person begins to type stays the receiver.
 */
export function TestMessage({ channel }: { channel: string }) {
  const { channels: texts } = useTexts();
  const { workspace, can } = useMember();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<Row | null>(null);
  const [confirming, setConfirming] = useState<Row | null>(null);
  const [isSent, setSent] = useState(false);
  const [intent, setIntent] = useState({ of: "", keys: newKeys() });
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
              setSent(false);
              setConfirming(found.find((one) => one.id === to.id) ?? to);
              const of = JSON.stringify([to.id, text]);
              if (of !== intent.of) setIntent({ of, keys: newKeys() });
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
              <Button type="submit" variant="default">
                {texts.testSend}
              </Button>
            </Group>
          </form>
        )}
        {isSent && (
          <Text size="sm" role="status">
            {texts.testSent}
          </Text>
        )}
      </Stack>
      {confirming && (
        <Confirm
          to={confirming}
          text={text || texts.testBody}
          keys={intent.keys}
          onSent={() => {
            setSent(true);
            setIntent({ of: "", keys: newKeys() });
            setConfirming(null);
          }}
          onClose={() => setConfirming(null)}
        />
      )}
    </section>
  );
}

const newKeys = () => ({ message: newKey(), back: newKey() });
type ConfirmProps = {
  to: Row;
  text: string;
  keys: ReturnType<typeof newKeys>;
  onSent: () => void;
  onClose: () => void;
};

/**
 * Names the receiver, and sends when that is confirmed. A conversation that no person had goes back to the bot. Another
 * press, because no answer came, has the same keys, also after the dialog was closed, so the message is sent once.
 */
function Confirm({ to, text, keys, onSent, onClose }: ConfirmProps) {
  const all = useTexts();
  const texts = all.channels;
  const { workspace } = useMember();
  const { run } = useCommandsOf(workspace, to.id);
  const goesBack = to.mode !== "human";
  const params = (key: string) => ({
    path: { workspace, conversation: to.id },
    header: { "Idempotency-Key": key },
  });
  const send = useMutation({
    mutationFn: async () => {
      const body = {
        content: { type: "text" as const, body: text, preview_url: true },
        if_assigned: "",
        reply_to: "",
        replace_outside_window: false,
      };
      const messages = "/api/v1/workspaces/{workspace}/conversations/{conversation}/messages";
      await run((key) => answer(api.POST(messages, { params: params(key), body })), keys.message);
      if (!goesBack) return;
      const back = "/api/v1/workspaces/{workspace}/conversations/{conversation}/return-to-bot";
      await run(
        (key) => answer(api.POST(back, { params: params(key), body: { if_assigned: "" } })),
        keys.back,
      ).catch(() => {
        throw new Error(texts.testNotReturned);
      });
    },
    onSuccess: onSent,
  });
  return (
    <ConfirmDialog
      title={texts.testConfirm(inFull(to))}
      action={texts.testSend}
      pending={send.isPending}
      error={send.error && refusalOf(send.error, all)}
      onConfirm={() => send.mutate()}
      onClose={onClose}
    >
      <Text size="sm" fs="italic" mb="xs">
        {text}
      </Text>
      {texts.testReal} {goesBack ? texts.testGoesBack : texts.testWithPerson}
    </ConfirmDialog>
  );
}
