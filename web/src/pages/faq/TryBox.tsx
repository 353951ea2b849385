import { Alert, Badge, Button, Group, Stack, Text, Textarea, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type Schemas } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { ErrorState } from "../../ui/ErrorState";
import classes from "./Faq.module.css";

/** Shows how the bot would judge a text: whether it answers, the nearest FAQs, and how near they are. */
export function TryBox() {
  const { faq } = useTexts();
  const { workspace } = useMember();
  const [text, setText] = useState("");
  const judge = useMutation({
    // The server does one such piece of work of a workspace at a time, and says so when it is busy.
    retry: (count, error) => count < 4 && error instanceof ProblemError && error.status === 429,
    retryDelay: 800,
    mutationFn: (words: string) =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/faqs/try", {
          params: { path: { workspace } },
          body: { text: words },
        }),
      ),
  });
  return (
    <section aria-label={faq.tryTitle}>
      <Title order={2} size="h5" mb="xs">
        {faq.tryTitle}
      </Title>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim()) judge.mutate(text.trim());
        }}
      >
        <Stack gap="xs">
          <Textarea
            aria-label={faq.tryText}
            placeholder={faq.tryText}
            value={text}
            maxLength={2000}
            autosize
            minRows={2}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Button type="submit" size="xs" loading={judge.isPending} disabled={!text.trim()}>
            {faq.try}
          </Button>
        </Stack>
      </form>
      <div aria-live="polite">
        {judge.isError && <ErrorState error={judge.error} />}
        {judge.data && <Judged tried={judge.data} />}
      </div>
    </section>
  );
}

function Judged({ tried }: { tried: Schemas["FaqTried"] }) {
  const { faq } = useTexts();
  const format = useFormat();
  return (
    <Stack gap="sm" mt="sm">
      <Alert color={tried.answered ? "parley" : "orange"} p="xs">
        {tried.answered ? faq.answers : faq.answersNot}
      </Alert>
      <Text size="xs" c="dimmed">
        {tried.threshold_is_own
          ? faq.ownThreshold(format.percent(tried.threshold))
          : faq.threshold(format.percent(tried.threshold))}
      </Text>
      {tried.matches.length === 0 && <Text size="sm">{faq.nothingNear}</Text>}
      {tried.matches.map((match, place) => (
        <Match key={match.id} match={match} place={place} tried={tried} />
      ))}
    </Stack>
  );
}

type MatchProps = { match: Schemas["FaqMatched"]; place: number; tried: Schemas["FaqTried"] };

function Match({ match, place, tried }: MatchProps) {
  const { faq } = useTexts();
  const format = useFormat();
  const value = tried.threshold_is_own ? match.score : match.certainty;
  return (
    <div>
      <Group gap="xs" wrap="nowrap" justify="space-between" align="flex-start">
        <Text size="sm" fw={place === 0 ? 600 : 400}>
          {match.question}
        </Text>
        {place === 0 && match.sure && (
          <Badge size="sm" variant="light">
            {faq.sure}
          </Badge>
        )}
        {place === 1 && (
          <Badge size="sm" variant="light" color="gray">
            {faq.runnerUp}
          </Badge>
        )}
      </Group>
      <div className={classes.score} aria-hidden>
        <div
          className={classes.bar}
          data-sure={match.sure || undefined}
          style={{ width: `${Math.min(100, value * 100)}%` }}
        />
        <div
          className={classes.threshold}
          style={{ insetInlineStart: `${Math.min(100, tried.threshold * 100)}%` }}
        />
      </div>
      <Text size="xs" c="dimmed">
        {faq.scores(format.percent(match.score), format.percent(match.certainty))}
        {match.doubt && ` · ${match.doubt}`}
      </Text>
    </div>
  );
}
