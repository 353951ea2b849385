import { Button, Checkbox, Group, SegmentedControl, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, newKey } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { ErrorState } from "../../ui/ErrorState";
import { useEdit } from "../../ui/edits";
import { FormModal } from "../../ui/FormModal";
import { faqsQuery, type Group as QuestionGroup } from "./queries";

/** Makes an FAQ of a group of questions, or adds them to one as variants. */
export function AnswerForm({ group, onClose }: { group: QuestionGroup; onClose: () => void }) {
  const { common, faq } = useTexts();
  const { workspace } = useMember();
  const faqs = useQuery(faqsQuery(workspace));
  const items = faqs.data?.data.items ?? [];
  const near = items.find((one) => one.question === group.nearest || one.variants.includes(group.nearest));
  const [kind, setKind] = useState<"new" | "known">("new");
  const [question, setQuestion] = useState(group.question);
  const [text, setText] = useState("");
  const [known, setKnown] = useState<string | null>(null);
  const [variants, setVariants] = useState<string[]>(() =>
    group.texts.filter((one) => one !== group.question),
  );
  const [seen, setSeen] = useState(faqs.data?.tag ?? "");
  if (!seen && faqs.data?.tag) setSeen(faqs.data.tag); // a later one is of changes that the person has not seen
  const edit = useEdit("faqs", "unanswered");
  const target = known ?? near?.id ?? null;
  const chosen = variants.filter((one) => one !== question.trim());
  const body =
    kind === "new"
      ? { question: question.trim(), answer: text.trim(), variants: chosen, faq: "" }
      : { question: question.trim(), answer: "", variants: chosen, faq: target ?? "" };
  const ready = kind === "new" ? Boolean(body.question && body.answer) : Boolean(target);
  function save() {
    edit.ask(
      {
        tag: seen,
        send: ({ dry_run, tag, key }) =>
          answer(
            api.POST("/api/v1/workspaces/{workspace}/unanswered/{group}/answer", {
              params: {
                path: { workspace, group: group.id },
                query: { dry_run },
                header: { "If-Match": tag, "Idempotency-Key": key },
              },
              body,
            }),
          ),
        yours: text || question,
        theirs: async () => {
          const { data } = await faqs.refetch();
          setSeen(data?.tag ?? "");
          return { shown: faq.listChanged, tag: data?.tag ?? "" };
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
      title={faq.giveAnswer}
      size="lg"
      values={{ kind, question, text, known, variants }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) save();
        }}
      >
        <Stack>
          <SegmentedControl
            aria-label={faq.giveAnswer}
            value={kind}
            onChange={(value) => setKind(value as "new" | "known")}
            data={[
              { value: "new", label: faq.makeFaq },
              { value: "known", label: faq.addToFaq },
            ]}
          />
          <TextInput
            label={faq.question}
            value={question}
            maxLength={500}
            dir="auto"
            onChange={(event) => setQuestion(event.currentTarget.value)}
          />
          {kind === "new" ? (
            <Textarea
              label={faq.answer}
              value={text}
              maxLength={4000}
              autosize
              minRows={4}
              dir="auto"
              onChange={(event) => setText(event.currentTarget.value)}
              data-autofocus
            />
          ) : (
            <Select
              label={faq.whichFaq}
              searchable
              data={items.map((one) => ({ value: one.id, label: one.question }))}
              value={target}
              onChange={setKnown}
            />
          )}
          {group.texts.length > 1 && (
            <Checkbox.Group label={faq.suggested} value={variants} onChange={setVariants}>
              <Stack gap="xs" mt={4}>
                {group.texts
                  .filter((one) => one !== group.question)
                  .map((one) => (
                    <Checkbox key={one} value={one} label={one} />
                  ))}
              </Stack>
            </Checkbox.Group>
          )}
          {edit.error ? <ErrorState error={edit.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" disabled={!ready} loading={edit.isPending}>
              {faq.review}
            </Button>
          </Group>
        </Stack>
      </form>
      {edit.dialog}
    </FormModal>
  );
}
