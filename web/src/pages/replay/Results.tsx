import { Button, Center, Group, Skeleton, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useMember } from "../../app/me";
import { useShortcuts } from "../../app/shortcuts";
import { useTexts } from "../../texts";
import { useCursorList } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorState } from "../../ui/ErrorState";
import { KeysShown } from "./KeysShown";
import { VOTES } from "./kinds";
import { isRunning, loadResults, type ReplayDetails, type Result, resultsKey } from "./queries";
import { ResultCard } from "./ResultCard";
import { ResultFilters } from "./ResultFilters";
import classes from "./Results.module.css";
import { useVote } from "./useVote";

/** The messages of a replay, the most interesting differences first; moved through and voted on by keys. */
export function Results({ replay }: { replay: ReplayDetails }) {
  const { replay: texts, common } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const client = useQueryClient();
  const search = useSearch({ from: "/w/$workspace/replays/$replay" });
  const list = useCursorList<Result>(resultsKey(workspace, replay.id, search), (cursor, signal) =>
    loadResults(workspace, replay.id, search, cursor, signal),
  );
  const [at, setAt] = useState<string | null>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const cast = useVote(replay.id);
  const votes = member.can("replays_vote");
  const done = replay.summary.done;
  const before = useRef(done);
  useEffect(() => {
    if (before.current === done) return;
    before.current = done;
    void client.invalidateQueries({ queryKey: [workspace, "replays", replay.id, "results"] });
  }, [done, client, workspace, replay.id]);
  const place = list.rows.findIndex((row) => row.id === at);
  const current = list.rows[place];
  function go(step: number) {
    const next = list.rows[Math.min(Math.max(place + step, 0), list.rows.length - 1)];
    if (!next) return;
    setAt(next.id);
    document.getElementById(`result-${next.id}`)?.focus();
    if (place + step >= list.rows.length - 3 && list.hasMore && !list.isLoadingMore) list.loadMore();
  }
  const toggle = (id: string) =>
    setOpen((known) => new Set(known.has(id) ? [...known].filter((one) => one !== id) : [...known, id]));
  useShortcuts({
    j: () => go(1),
    k: () => go(-1),
    c: () => current && toggle(current.id),
    ...(votes && current
      ? Object.fromEntries(
          VOTES.map((vote, number) => [String(number + 1), () => cast.toggle(current, vote)]),
        )
      : {}),
  });
  return (
    <section aria-label={texts.messages}>
      <Group justify="space-between" align="flex-end" mb="sm" gap="sm">
        <Title order={2}>{texts.messages}</Title>
        <KeysShown votes={votes} />
      </Group>
      {search.message ? <OneMessage /> : <ResultFilters summary={replay.summary} search={search} />}
      {list.error ? <ErrorState error={list.error} onRetry={list.retry} /> : null}
      {list.isPending && <Skeleton height={220} radius="lg" />}
      <ol className={classes.results}>
        {list.rows.map((row) => (
          <ResultCard
            key={row.id}
            replay={replay.id}
            result={row}
            isCurrent={row.id === at}
            isOpen={open.has(row.id)}
            onFocus={() => setAt(row.id)}
            onToggle={() => toggle(row.id)}
            onVote={votes ? (vote) => cast.toggle(row, vote) : undefined}
            onNote={votes ? (note) => cast.note(row, note) : undefined}
          />
        ))}
      </ol>
      {!list.isPending && !list.error && list.rows.length === 0 && (
        <EmptyState title={isRunning(replay) ? texts.soon : texts.noneFound} />
      )}
      {list.hasMore && (
        <Center p="md">
          <Button variant="default" loading={list.isLoadingMore} onClick={list.loadMore}>
            {common.loadMore}
          </Button>
        </Center>
      )}
    </section>
  );
}

/** Says that a link shows one message alone, with the way to the others. */
function OneMessage() {
  const { replay: texts } = useTexts();
  const navigate = useNavigate();
  return (
    <Group gap="sm" mb="md">
      <Text size="sm">{texts.oneMessage}</Text>
      <Button
        variant="light"
        size="xs"
        onClick={() => void navigate({ to: ".", search: {} as never, resetScroll: false })}
      >
        {texts.allMessages}
      </Button>
    </Group>
  );
}
