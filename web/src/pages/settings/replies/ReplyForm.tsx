import { Button, Group, Stack, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { FormModal } from "../../../ui/FormModal";
import { useIntent } from "../../../ui/intent";
import { RequestError } from "../../../ui/RequestError";
import type { Canned } from "../../inbox/composer/canned";
import { textOf } from "./queries";

/** Writes a saved reply: its shortcut, its text, and the labels that the conversation gets with it. */
export function ReplyForm({ reply, onClose }: { reply: Canned | null; onClose: () => void }) {
  const { common, replies } = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const once = useIntent();
  const [shortcut, setShortcut] = useState(reply?.shortcut ?? "");
  const [text, setText] = useState(reply ? (textOf(reply) ?? "") : "");
  const [labels, setLabels] = useState<string[]>(reply?.labels ?? []);
  const known = useQuery({
    queryKey: [workspace, "labels"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/labels", { params: { path: { workspace } }, signal })),
  });
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
              params: { path: { workspace, canned: reply.id }, header: { "If-Match": reply.etag } },
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
    onSettled: () => client.invalidateQueries({ queryKey: [workspace, "canned"] }),
  });
  const wrong = /[\s/]/.test(body.shortcut) ? replies.shortcutWrong : undefined;
  return (
    <FormModal opened onClose={onClose} title={reply ? replies.change : replies.add} size="lg">
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
          <RequestError error={save.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
