import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { FormModal } from "../../ui/FormModal";
import { useIntent } from "../../ui/intent";
import { RequestError } from "../../ui/RequestError";
import { faqsQuery } from "./queries";

/** Teaches the bot a question that an FAQ does not answer, although it sounds like it. */
export function ExampleForm({ onClose }: { onClose: () => void }) {
  const { common, faq } = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const once = useIntent();
  const faqs = useQuery(faqsQuery(workspace)).data?.data.items ?? [];
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const add = useMutation({
    mutationFn: () => {
      const body = { text: text.trim(), faq: chosen ?? "" };
      return once(body, (key) =>
        answer(
          api.POST("/api/v1/workspaces/{workspace}/faqs/dismissed", {
            params: { path: { workspace }, header: { "Idempotency-Key": key } },
            body,
          }),
        ),
      );
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [workspace, "dismissed"] });
      onClose();
    },
  });
  return (
    <FormModal opened onClose={onClose} title={faq.addExample} values={{ text, chosen }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() && chosen && !add.isPending) add.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={faq.exampleText}
            description={faq.exampleHelp}
            value={text}
            maxLength={500}
            required
            dir="auto"
            onChange={(event) => setText(event.currentTarget.value)}
            data-autofocus
          />
          <Select
            label={faq.notAnsweredBy}
            searchable
            required
            data={faqs.map((one) => ({ value: one.id, label: one.question }))}
            value={chosen}
            onChange={setChosen}
          />
          <RequestError error={add.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" disabled={!text.trim() || !chosen} loading={add.isPending}>
              {common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
