import { Button, Center, Group, Kbd, Select, Skeleton, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useMember } from "../../app/me";
import { useShortcuts } from "../../app/shortcuts";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { useCursorList } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorState } from "../../ui/ErrorState";
import { DIFFERENCES, ORIGINS, VOTED, VOTES } from "./kinds";
import { isRunning, loadResults, type ReplayDetails, type Result, resultsKey } from "./queries";
import classes from "./Replay.module.css";
import { ResultCard } from "./ResultCard";
import type { ResultsSearch } from "./routes";
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
    j: () => go(place < 0 ? 1 : 1),
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
        <Text size="xs" c="dimmed" visibleFrom="sm">
          <Kbd size="xs">j</Kbd> <Kbd size="xs">k</Kbd> {texts.keysMove} · <Kbd size="xs">c</Kbd>{" "}
          {texts.keysContext}
          {votes && (
            <>
              {" · "}
              <Kbd size="xs">1</Kbd> <Kbd size="xs">2</Kbd> <Kbd size="xs">3</Kbd> {texts.keysVote}
            </>
          )}
        </Text>
      </Group>
      <Filters replay={replay} search={search} />
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

function Filters({ replay, search }: { replay: ReplayDetails; search: ResultsSearch }) {
  const { replay: texts } = useTexts();
  const format = useFormat();
  const navigate = useNavigate();
  const { summary } = replay;
  const set = (change: ResultsSearch) =>
    void navigate({ to: ".", search: { ...search, ...change } as never, replace: true, resetScroll: false });
  const origins = (side: "then" | "now") =>
    ORIGINS.filter((one) => summary[side].origins[one]).map((value) => ({
      value,
      label: `${texts.origins[value]} (${format.number(summary[side].origins[value] ?? 0)})`,
    }));
  return (
    <div className={classes.filters}>
      <fieldset className={classes.chips}>
        <legend className={classes.hidden}>{texts.difference}</legend>
        <Chip on={!search.difference} onClick={() => set({ difference: undefined })}>
          {texts.all} <span>{format.number(summary.done)}</span>
        </Chip>
        {DIFFERENCES.filter((one) => summary.differences[one]).map((one) => (
          <Chip
            key={one}
            on={search.difference === one}
            onClick={() => set({ difference: search.difference === one ? undefined : one })}
          >
            <span className={classes.dot} data-difference={one} aria-hidden />
            {texts.differences[one]} <span>{format.number(summary.differences[one] ?? 0)}</span>
          </Chip>
        ))}
      </fieldset>
      <Group gap="xs" ms="auto">
        {(["then", "now"] as const).map((side) => (
          <Select
            key={side}
            size="xs"
            w={170}
            clearable
            aria-label={texts.by2(texts[side])}
            placeholder={texts.by2(texts[side])}
            value={search[side] ?? null}
            onChange={(value) => set({ [side]: value ?? undefined } as ResultsSearch)}
            data={origins(side)}
          />
        ))}
        <Select
          size="xs"
          w={150}
          clearable
          aria-label={texts.votes}
          placeholder={texts.votes}
          value={search.voted ?? null}
          onChange={(value) => set({ voted: (value ?? undefined) as ResultsSearch["voted"] })}
          data={VOTED.map((value) => ({ value, label: texts.voted[value] }))}
        />
      </Group>
    </div>
  );
}

function Chip({ on, onClick, children }: { on: boolean; onClick: () => void; children: React.ReactNode }) {
  return (
    <button type="button" className={classes.chip} aria-pressed={on} onClick={onClick}>
      {children}
    </button>
  );
}
