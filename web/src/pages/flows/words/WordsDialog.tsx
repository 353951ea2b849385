import { Alert, Button, Group, Loader, Stack, Text, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { Modal } from "../../../ui/dialogs/Modal";
import { ErrorState } from "../../../ui/ErrorState";
import { useIntent } from "../../../ui/intent";
import { RequestError } from "../../../ui/RequestError";
import { useDraft, useDraftView } from "../builder/draft/DraftProvider";
import { useBuilder } from "../builder/layout";
import { Proposal } from "./Proposal";
import { isWriting, type Offer, type Suggestion, suggestionQuery } from "./queries";
import type { Asked } from "./WordsButton";

type Props = {
  offer: Offer;
  words: string;
  onWords: (words: string) => void;
  asked: Asked | null;
  onAsked: (asked: Asked | null) => void;
  onClose: () => void;
};

/** Words, then the model's text as a difference. Only the person puts it into the draft. */
export function WordsDialog(props: Props) {
  const { common, flowWords: t } = useTexts();
  const { workspace } = useMember();
  const { asked, onAsked, onClose } = props;
  const query = useQuery(suggestionQuery(workspace, asked?.id ?? ""));
  const found = query.data;
  const failed = found?.state === "failed" && found.error !== "" ? found.error : null;
  const done = asked !== null && found !== undefined && !isWriting(found);
  return (
    <Modal opened onClose={onClose} title={t.title} size={done && !failed ? "xl" : "lg"}>
      {asked === null && <Words {...props} />}
      {asked !== null && !done && (
        <Stack>
          {query.error ? (
            <ErrorState error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <Group wrap="nowrap" role="status">
              <Loader size="sm" />
              <div>
                <Text size="sm">{t.writing}</Text>
                <Text size="sm" c="dimmed">
                  {t.meanwhile}
                </Text>
              </div>
            </Group>
          )}
          <Group justify="flex-end">
            {query.error !== null && (
              <Button variant="default" onClick={() => onAsked(null)}>
                {t.again}
              </Button>
            )}
            <Button variant="default" onClick={onClose}>
              {common.close}
            </Button>
          </Group>
        </Stack>
      )}
      {done && failed && (
        <Stack>
          <Alert color="red" role="alert" title={common.failed}>
            {t.failures[failed]}
          </Alert>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.close}
            </Button>
            <Button onClick={() => onAsked(null)}>{t.again}</Button>
          </Group>
        </Stack>
      )}
      {done && !failed && found.source !== null && <Decision {...props} asked={asked} suggestion={found} />}
    </Modal>
  );
}

function Words({ offer, words, onWords, onAsked, onClose }: Props) {
  const { common, flowWords: t } = useTexts();
  const { workspace } = useMember();
  const { flow } = useBuilder();
  const format = useFormat();
  const draft = useDraft();
  const length = useDraftView((view) => view.source.length);
  const once = useIntent();
  const ask = useMutation({
    mutationFn: async () => {
      const body = { flow, words: words.trim(), source: draft.get().source };
      const { id } = await once(body, (key) =>
        answer(
          api.POST("/api/v1/workspaces/{workspace}/flow-suggestions", {
            params: { path: { workspace }, header: { "Idempotency-Key": key } },
            body,
          }),
        ),
      );
      return { id, source: body.source };
    },
    onSuccess: onAsked,
  });
  const tooLong = length > offer.most_source;
  return (
    <Stack>
      {tooLong && <Alert color="blue">{t.tooLong(format.number(offer.most_source))}</Alert>}
      <Textarea
        label={t.words}
        description={t.wordsText}
        placeholder={t.example}
        value={words}
        maxLength={offer.most_words}
        autosize
        minRows={5}
        maxRows={14}
        onChange={(event) => onWords(event.currentTarget.value)}
        data-autofocus
      />
      <Text size="sm" c="dimmed">
        {length > 0 && `${t.change} `}
        {t.given}
      </Text>
      <RequestError error={ask.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {common.cancel}
        </Button>
        <Button
          onClick={() => ask.mutate()}
          disabled={words.trim() === "" || tooLong}
          loading={ask.isPending}
        >
          {t.write}
        </Button>
      </Group>
    </Stack>
  );
}

type DecisionProps = Props & { asked: Asked; suggestion: Suggestion };

function Decision({ asked, suggestion, onAsked, onWords, onClose }: DecisionProps) {
  const { flowWords: t } = useTexts();
  const draft = useDraft();
  const saved = useDraftView((view) => view.pending === 0 && !view.conflict);
  const same = useDraftView((view) => view.source === suggestion.source);
  function take() {
    draft.setSource(suggestion.source ?? "");
    notifications.show({ message: t.taken, color: "teal" });
    onAsked(null);
    onWords("");
    onClose();
  }
  return (
    <Stack>
      <Proposal suggestion={suggestion} before={asked.source} />
      <Group justify="flex-end">
        <Button variant="default" onClick={() => onAsked(null)}>
          {t.again}
        </Button>
        <Button onClick={take} disabled={!saved || same}>
          {t.take}
        </Button>
      </Group>
    </Stack>
  );
}
