import { Button, Group, Stack, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { Outdated } from "../../../ui/edits";
import { FormModal } from "../../../ui/FormModal";
import { useIntent } from "../../../ui/intent";
import { RequestError } from "../../../ui/RequestError";
import { type Canned, wordsOf } from "../../inbox/composer/canned";
import { labelsQuery } from "../../inbox/labels";
import { repliesQuery, textOf } from "./queries";

const isOutdated = (error: unknown) => error instanceof ProblemError && error.status === 412;

/** Writes a saved reply: its shortcut, its text, and the labels that the conversation gets with it. */
export function ReplyForm({ reply, onClose }: { reply: Canned | null; onClose: () => void }) {
  const { common, edits, replies } = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const once = useIntent();
  const [shortcut, setShortcut] = useState(reply?.shortcut ?? "");
  const [text, setText] = useState(reply ? (textOf(reply) ?? "") : "");
  const [labels, setLabels] = useState<string[]>(reply?.labels ?? []);
  const [seen, setSeen] = useState(reply); // a later one has changes that the person has not seen
  const known = useQuery(labelsQuery(workspace));
  const body = {
    shortcut: shortcut.trim().replace(/^\/+/, ""),
    body: { type: "text", body: text.trim() } as Record<string, unknown> as Record<string, never>,
    labels,
  };
  const save = useMutation({
    mutationFn: () =>
      reply
        ? answer(
            api.PUT("/api/v1/workspaces/{workspace}/canned/{canned}", {
              params: { path: { workspace, canned: reply.id }, header: { "If-Match": seen?.etag ?? null } },
              body,
            }),
          )
        : once(body, (key) =>
            answer(
              api.POST("/api/v1/workspaces/{workspace}/canned", {
                params: { path: { workspace }, header: { "Idempotency-Key": key } },
                body,
              }),
            ),
          ),
    onSuccess: onClose,
    onError: async (error) => {
      if (!isOutdated(error)) return;
      const { items } = await client.fetchQuery({ ...repliesQuery(workspace), staleTime: 0 });
      setSeen(items.find((one) => one.id === reply?.id) ?? seen);
    },
    onSettled: () => client.invalidateQueries({ queryKey: [workspace, "canned"] }),
  });
  const outdated = isOutdated(save.error);
  const wrong = /[\s/]/.test(body.shortcut) ? replies.shortcutWrong : undefined;
  return (
    <FormModal opened onClose={onClose} title={reply ? replies.change : replies.add} size="lg" values={body}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!wrong) save.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={replies.shortcut}
            description={replies.shortcutText}
            value={shortcut}
            error={wrong}
            maxLength={40}
            required
            dir="auto"
            onChange={(event) => setShortcut(event.currentTarget.value)}
            data-autofocus
          />
          <Textarea
            label={replies.text}
            description={replies.textText}
            value={text}
            maxLength={4096}
            required
            dir="auto"
            autosize
            minRows={4}
            maxRows={14}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <TagsInput
            label={replies.labels}
            description={replies.labelsText}
            data={known.data?.items ?? []}
            value={labels}
            maxTags={20}
            onChange={(next) => setLabels(next.map((one) => one.slice(0, 64)))}
          />
          {outdated && seen ? (
            <Outdated values={[`/${seen.shortcut}`, wordsOf(seen), ...seen.labels]} onTakeTheirs={onClose} />
          ) : (
            <RequestError error={save.error} />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {outdated ? edits.saveOver : common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
