import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { answer, api } from "../../../api/client";
import type { Row } from "../../../live/frames";
import { useLive } from "../../../live/LiveProvider";
import { hasLastWords, rowState } from "./rowState";
import {
  comparePositions,
  EMPTY,
  type Entry,
  joinPage,
  mergeEntries,
  receive,
  receiveStatus,
  type Timeline,
} from "./timeline";
import { useThrottled } from "./useThrottled";

const PAGE = 50;
const REFRESH_AT_MOST_EVERY = 1_000;
const MISSED_AFTER = 1_000;
/** Authors of messages of which only pages say more: the person, the step of the flow, the model. */
const ORIGINS = new Set(["agent", "flow", "ai"]);

export type Place = { position: string } | { time: string };

/** A part of the timeline that could not be fetched. to: the place of a jump; null: the end. */
export type Failed =
  | { side: "older" | "newer"; error: unknown }
  | { side: "jump"; error: unknown; to: Place | null };

export const timelineKey = (workspace: string, conversation: string) =>
  [workspace, "messages", conversation] as const;

/** Returns the timeline of a conversation, kept fresh by live events. from: a turn to open it at; null: its end. */
export function useTimeline(workspace: string, conversation: string, from: number | null | undefined) {
  const client = useQueryClient();
  const { listen } = useLive();
  const key = useMemo(() => timelineKey(workspace, conversation), [workspace, conversation]);
  const [busy, setBusy] = useState<"older" | "newer" | "jump" | null>(null);
  const [failed, setFailed] = useState<Failed | null>(null);
  // Answers that were asked for before the latest jump are of another part than the one that is shown.
  const jumps = useRef(0);

  const change = useCallback(
    (apply: (timeline: Timeline) => Timeline) =>
      client.setQueryData<Timeline>(key, (known) => apply(known ?? EMPTY)),
    [client, key],
  );
  const fetchPage = useCallback(
    (
      query: { before?: string; after?: string; around?: string; around_time?: string },
      signal?: AbortSignal,
    ) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/conversations/{conversation}/messages", {
          params: { path: { workspace, conversation }, query: { ...query, limit: PAGE } },
          ...(signal ? { signal } : {}),
        }),
      ),
    [workspace, conversation],
  );

  const query = useQuery<Timeline>({
    queryKey: key,
    structuralSharing: false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: "always",
    enabled: from !== undefined,
    queryFn: async ({ signal }) => {
      const before = client.getQueryData<Timeline>(key) ?? EMPTY;
      const first = before.entries[0];
      const asked = jumps.current;
      if (first && before.after !== null) {
        const page = await fetchPage({ after: first.position }, signal);
        const known = client.getQueryData<Timeline>(key) ?? EMPTY;
        if (asked !== jumps.current) return known;
        return { ...known, entries: mergeEntries(known.entries, page.entries) };
      }
      const around = !first && typeof from === "number" ? { around: `${from}` } : {};
      const page = await fetchPage(around, signal);
      const known = client.getQueryData<Timeline>(key) ?? EMPTY;
      if (asked !== jumps.current) return known;
      return joinPage(known, page, "latest");
    },
  });

  const stateShown = useRef<string | null>(null);
  const lastRow = useRef<Row | null>(null);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const refresh = useThrottled(() => void client.invalidateQueries({ queryKey: key }), REFRESH_AT_MOST_EVERY);
  /** Fetches the timeline if the last words of a row are still missing when their own frame has had time to come. */
  const lookFor = useCallback(
    (row: Row) => {
      lastRow.current = row;
      timer.current ??= window.setTimeout(() => {
        timer.current = undefined;
        const known = client.getQueryData<Timeline>(key);
        if (known && lastRow.current && !hasLastWords(known, lastRow.current)) refresh();
      }, MISSED_AFTER);
    },
    [client, key, refresh],
  );
  useEffect(() => {
    stateShown.current = null;
    return listen((frame) => {
      if (frame.type === "message:new" && frame.data.conversation === conversation) {
        const message = frame.data.message as Entry & { partial?: boolean };
        if (!message.partial && message.position) change((it) => receive(it, [message]));
        if (message.partial || ORIGINS.has(message.author ?? "")) refresh();
      } else if (frame.type === "message:status" && frame.data.conversation === conversation) {
        const { message, delivery } = frame.data as unknown as {
          message: string;
          delivery?: Entry["delivery"];
        };
        if (delivery) change((it) => receiveStatus(it, message, delivery));
      } else if (frame.type === "conversation:changed") {
        const row = frame.data.rows.find((one) => one.id === conversation);
        if (!row) return;
        const state = row.partial ? null : rowState(row);
        // Messages come by frames of their own; lines about the conversation's state do not.
        if (state === null || state !== stateShown.current) refresh();
        else lookFor(row);
        stateShown.current = state;
      }
    });
  }, [listen, conversation, change, refresh, lookFor]);

  const load = useCallback(
    async (side: "older" | "newer") => {
      const known = client.getQueryData<Timeline>(key);
      const place = side === "older" ? known?.before : known?.after;
      if (!place) return;
      setBusy(side);
      setFailed(null);
      try {
        const page = await fetchPage(side === "older" ? { before: place } : { after: place });
        // Not to a timeline that was replaced meanwhile: there would be a gap.
        change((it) => ((side === "older" ? it.before : it.after) === place ? joinPage(it, page, side) : it));
      } catch (error) {
        setFailed({ side, error });
      } finally {
        setBusy((now) => (now === side ? null : now));
      }
    },
    [client, key, fetchPage, change],
  );

  /**
   * Shows the part around a place, and returns the position that it begins with; null: it could not be fetched;
   * undefined: a later jump decides what is shown.
   */
  const jump = useCallback(
    async (to: Place | null): Promise<string | null | undefined> => {
      jumps.current += 1;
      const mine = jumps.current;
      const known = client.getQueryData<Timeline>(key) ?? EMPTY;
      if (to && "position" in to && known.entries.some((one) => one.position === to.position)) {
        setBusy((now) => (now === "jump" ? null : now));
        return to.position;
      }
      setBusy("jump");
      setFailed(null);
      try {
        const place = to && ("position" in to ? { around: to.position } : { around_time: to.time });
        const page = await fetchPage(place ?? {});
        if (mine !== jumps.current) return undefined;
        const { entries } = page;
        change((it) => joinPage({ ...it, entries: [], held: [] }, page, "latest"));
        if (to && "position" in to) return to.position;
        const at = to ? Date.parse(to.time) : 0;
        return entries.find((one) => Date.parse(one.at) >= at)?.position ?? entries.at(-1)?.position ?? null;
      } catch (error) {
        if (mine !== jumps.current) return undefined;
        setFailed({ side: "jump", error, to });
        return null;
      } finally {
        if (mine === jumps.current) setBusy(null);
      }
    },
    [client, key, fetchPage, change],
  );

  return { query, change, load, jump, busy, failed, refresh };
}

/** Says whether a position is among the entries that are shown. */
export function isShown(timeline: Timeline, position: string): boolean {
  return timeline.entries.some((one) => comparePositions(one.position, position) === 0);
}
