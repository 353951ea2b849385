import { Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, newKey } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { ErrorState } from "../../ui/ErrorState";
import { useEdit } from "../../ui/edits";
import { FormModal } from "../../ui/FormModal";
import { type Faq, type FaqText, faqsQuery } from "./queries";

type Props = { faq: Faq | null; readOnly: boolean; onClose: () => void };

/** Writes a question with its answer and other ways to ask it. */
export function FaqForm({ faq: before, readOnly, onClose }: Props) {
  const { common, faq } = useTexts();
  const { workspace } = useMember();
  const latest = useQuery(faqsQuery(workspace));
  const [question, setQuestion] = useState(before?.question ?? "");
  const [text, setText] = useState(before?.answer ?? "");
  const [variants, setVariants] = useState(before?.variants.join("\n") ?? "");
  const [seen] = useState(latest.data?.tag ?? "");
  const [tag, setTag] = useState(seen);
  const edit = useEdit("faqs");
  const body: FaqText = { question: question.trim(), answer: text.trim(), variants: lines(variants) };
  function save() {
    edit.ask(
      {
        tag,
        send: ({ dry_run, tag: match, key }) => {
          const query = { dry_run };
          return before
            ? answer(
                api.PUT("/api/v1/workspaces/{workspace}/faqs/{faq}", {
                  params: { path: { workspace, faq: before.id }, query, header: { "If-Match": match } },
                  body,
                }),
              )
            : answer(
                api.POST("/api/v1/workspaces/{workspace}/faqs", {
                  params: {
                    path: { workspace },
                    query,
                    header: { "If-Match": match, "Idempotency-Key": key },
                  },
                  body,
                }),
              );
        },
        yours: <FaqShown faq={body} />,
        theirs: async () => {
          const { data } = await latest.refetch();
          setTag(data?.tag ?? "");
          const now = data?.data.items.find((one) => one.id === before?.id || one.question === body.question);
          return {
            shown: now ? <FaqShown faq={now} /> : <Text size="sm">{faq.gone}</Text>,
            tag: data?.tag ?? "",
          };
        },
        done: onClose,
      },
      newKey(),
    );
  }
  return (
    <FormModal
      opened
      onClose={onClose}
      title={before ? faq.edit : faq.add}
      values={{ question, text, variants }}
      size="lg"
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Stack>
          <TextInput
            label={faq.question}
            value={question}
            maxLength={500}
            required
            readOnly={readOnly}
            dir="auto"
            onChange={(event) => setQuestion(event.currentTarget.value)}
            data-autofocus
          />
          <Textarea
            label={faq.answer}
            value={text}
            maxLength={4000}
            required
            readOnly={readOnly}
            dir="auto"
            autosize
            minRows={4}
            maxRows={14}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Textarea
            label={faq.variants}
            description={faq.variantsText}
            value={variants}
            readOnly={readOnly}
            dir="auto"
            autosize
            minRows={3}
            maxRows={12}
            onChange={(event) => setVariants(event.currentTarget.value)}
          />
          {edit.error ? <ErrorState error={edit.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {readOnly ? common.close : common.cancel}
            </Button>
            {!readOnly && (
              <Button type="submit" loading={edit.isPending}>
                {faq.review}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
      {edit.dialog}
    </FormModal>
  );
}

function FaqShown({ faq }: { faq: FaqText }) {
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600} dir="auto">
        {faq.question}
      </Text>
      <Text size="sm" style={{ whiteSpace: "pre-wrap" }} dir="auto">
        {faq.answer}
      </Text>
      {faq.variants.map((variant) => (
        <Text key={variant} size="xs" c="dimmed" dir="auto">
          {variant}
        </Text>
      ))}
    </Stack>
  );
}

/** Returns the lines of a text without empty and repeated ones. */
export function lines(text: string): string[] {
  return [...new Set(text.split("\n").map((line) => line.trim()))].filter(Boolean);
}
