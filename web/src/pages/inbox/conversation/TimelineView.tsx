import { Button, Loader, Text } from "@mantine/core";
import { useDocumentVisibility } from "@mantine/hooks";
import { IconArrowDown } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { Bubble, PendingBubble } from "./Bubble";
import bubble from "./Bubble.module.css";
import type { Refer } from "./BubbleActions";
import classes from "./Conversation.module.css";
import { EventLine } from "./EventLine";
import { chosenOptions, type Reaction, reactionsAt, rowsOf, type TimelineRow } from "./rows";
import type { Entry, Timeline } from "./timeline";

const AT_END = 60;

export type TimelineHandle = { show: (position: string) => void; end: () => void };

type Props = {
  timeline: Timeline;
  seen: number | null;
  busy: "older" | "newer" | "jump" | null;
  /** A page could not be fetched: no further one is asked for until somebody tries again. */
  failed: boolean;
  onOlder: () => void;
  onNewer: () => void;
  onEnd: (turn: number) => void;
  onLatest: () => void;
  onWhy: (entry: Entry) => void;
  onQuote: (id: string) => void;
  /** Emoji that are being sent, by message. */
  reacting: ReadonlyMap<string, string>;
  refer: Refer | null;
  handle: RefObject<TimelineHandle | null>;
};

/** The messages of a conversation. Only those near the visible part are drawn; what is read does not move. */
export function TimelineView(props: Props) {
  const { timeline, seen, busy, failed, handle } = props;
  const { conversation: t } = useTexts();
  const { zone } = useFormat();
  const scroller = useRef<HTMLDivElement>(null);
  const dayOf = useMemo(() => {
    const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone });
    return (at: string) => format.format(new Date(at));
  }, [zone]);
  const rows = useMemo(() => rowsOf(timeline, dayOf, seen), [timeline, dayOf, seen]);
  const chosen = useMemo(() => chosenOptions(timeline.entries), [timeline.entries]);
  const reactions = useMemo(
    () => reactionsAt(timeline.entries, props.reacting),
    [timeline.entries, props.reacting],
  );
  const [found, setFound] = useState("");
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => rows[index]?.key ?? index,
    estimateSize: (index) => estimate(rows[index]),
    overscan: 10,
    paddingStart: 12,
    paddingEnd: 12,
    anchorTo: "end",
    followOnAppend: timeline.after === null,
    scrollEndThreshold: AT_END,
  });

  const show = useCallback(
    (position: string) => {
      const index = rows.findIndex((row) => row.kind === "entry" && row.entry.position === position);
      const row = rows[index];
      if (row?.kind !== "entry") return;
      virtual.scrollToIndex(index, { align: "center" });
      setFound(row.entry.id);
    },
    [rows, virtual],
  );
  handle.current = { show, end: () => virtual.scrollToEnd() };
  useEffect(() => {
    if (!found) return;
    const timer = window.setTimeout(() => setFound(""), 2_500);
    return () => window.clearTimeout(timer);
  }, [found]);

  // Opens at the first unread message, or at the end.
  const opened = useRef(false);
  useLayoutEffect(() => {
    if (opened.current || rows.length === 0) return;
    opened.current = true;
    const unread = rows.findIndex((row) => row.kind === "unread");
    if (unread > 0) virtual.scrollToIndex(unread, { align: "start" });
    else virtual.scrollToEnd();
  }, [rows, virtual]);

  const items = virtual.getVirtualItems();
  const first = items[0]?.index;
  const last = items.at(-1)?.index;
  const atEnd = useAtEnd(scroller, rows, timeline.after === null);
  const below = useBelow(timeline, atEnd);
  useStaysAtEnd(scroller, atEnd, () => virtual.scrollToEnd());
  const { onOlder, onNewer, onEnd } = props;
  const free = busy === null && !failed;
  useEffect(() => {
    if (first !== undefined && first < 6 && timeline.before !== null && free && opened.current) onOlder();
  }, [first, timeline.before, free, onOlder]);
  useEffect(() => {
    if (last !== undefined && last > rows.length - 6 && timeline.after !== null && free) onNewer();
  }, [last, rows.length, timeline.after, free, onNewer]);
  const turn = timeline.entries.at(-1)?.turn ?? 0;
  const visible = useDocumentVisibility();
  useEffect(() => {
    if (atEnd && visible === "visible") onEnd(turn);
  }, [atEnd, turn, onEnd, visible]);

  return (
    <div className={classes.timeline}>
      <div
        ref={scroller}
        className={classes.scroller}
        role="log"
        aria-live="off"
        aria-label={t.messages}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: people scroll it by keyboard
        tabIndex={0}
      >
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {items.map((item) => {
            const row = rows[item.index];
            return (
              <div
                key={item.key}
                data-index={item.index}
                ref={virtual.measureElement}
                className={classes.row}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {row && <Row row={row} chosen={chosen} reactions={reactions} found={found} {...props} />}
              </div>
            );
          })}
        </div>
        {rows.length === 0 && busy === null && (
          <Text c="dimmed" ta="center" p="xl" size="sm">
            {t.noMessages}
          </Text>
        )}
      </div>
      {busy && <Loader size="xs" className={classes.busy} aria-label={t.older} />}
      {(!atEnd || timeline.after !== null) && rows.length > 0 && (
        <Button
          className={classes.toEnd}
          size="compact-sm"
          radius="xl"
          variant={below > 0 ? "filled" : "default"}
          leftSection={<IconArrowDown size={14} aria-hidden />}
          onClick={() => (timeline.after === null ? virtual.scrollToEnd() : props.onLatest())}
        >
          {below > 0 ? t.newBelow(below) : t.latest}
        </Button>
      )}
    </div>
  );
}

type RowProps = Pick<Props, "onWhy" | "onQuote" | "refer"> & {
  row: TimelineRow;
  reactions: Map<string, Reaction[]>;
  chosen: Map<string, string>;
  found: string;
};

function Row({ row, chosen, reactions, found, onWhy, onQuote, refer }: RowProps) {
  const { conversation: t } = useTexts();
  const format = useFormat();
  switch (row.kind) {
    case "archived":
      return <div className={bubble.event}>{row.at ? t.archived(format.date(row.at)) : t.archivedAll}</div>;
    case "day":
      return (
        <div className={bubble.day}>
          <span>{longDate(row.at, format.language, format.zone)}</span>
        </div>
      );
    case "unread":
      return <div className={bubble.unread}>{t.newMessages}</div>;
    case "pending":
      return <PendingBubble pending={row.pending} />;
    default:
      return row.entry.kind === "event" ? (
        <EventLine entry={row.entry} />
      ) : (
        <Bubble
          entry={row.entry}
          joined={row.joined}
          chosen={chosen.get(row.entry.id)}
          found={found === row.entry.id}
          onWhy={onWhy}
          onQuote={onQuote}
          reactions={reactions.get(row.entry.id)}
          refer={refer}
        />
      );
  }
}

function longDate(at: string, language: string, zone: string): string {
  return new Intl.DateTimeFormat(language, {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: zone,
  }).format(new Date(at));
}

const MEDIA_HEIGHTS: Record<string, number> = { audio: 110, document: 166, sticker: 210 };

/** Returns about how high a row is before it is measured. */
function estimate(row: TimelineRow | undefined): number {
  if (row?.kind === "pending") return 76;
  if (row?.kind !== "entry") return 40;
  const { entry } = row;
  if (entry.kind === "event") return 36;
  const lines = Math.ceil(Math.min((entry.text ?? "").length, 1_200) / 60);
  const media = entry.content?.type === "media" ? (MEDIA_HEIGHTS[String(entry.content.kind)] ?? 270) : 0;
  return 52 + (row.joined ? 0 : 18) + lines * 20 + media;
}

/** Says whether the end of the timeline is visible. */
function useAtEnd(
  scroller: RefObject<HTMLDivElement | null>,
  rows: readonly unknown[],
  complete: boolean,
): boolean {
  const [atEnd, setAtEnd] = useState(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked at again when rows are added
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => setAtEnd(element.scrollHeight - element.scrollTop - element.clientHeight <= AT_END);
    const frame = requestAnimationFrame(look);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener("scroll", look);
    };
  }, [scroller, rows]);
  return atEnd && complete;
}

/** Keeps the end visible when the place for the messages becomes smaller: the composer grows, or a keyboard opens. */
function useStaysAtEnd(scroller: RefObject<HTMLDivElement | null>, atEnd: boolean, toEnd: () => void) {
  const current = useRef({ atEnd, toEnd });
  current.current = { atEnd, toEnd };
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (current.current.atEnd) current.current.toEnd();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);
}

/** Returns how many messages of the customer came below what is visible. */
function useBelow(timeline: Timeline, atEnd: boolean): number {
  const last = timeline.entries.at(-1)?.turn ?? 0;
  const [read, setRead] = useState(last);
  useEffect(() => {
    if (atEnd) setRead(last);
  }, [atEnd, last]);
  return timeline.entries.filter((one) => one.author === "customer" && one.turn > read).length;
}
