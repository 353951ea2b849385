import type { Entry, Pending, Timeline } from "./timeline";

/** A line of the timeline as it is drawn. joined: the message before is by the same author, so the name is left out. */
export type TimelineRow =
  | { kind: "archived"; key: string; at: string | null }
  | { kind: "day"; key: string; at: string }
  | { kind: "unread"; key: string }
  | { kind: "entry"; key: string; entry: Entry; joined: boolean }
  | { kind: "pending"; key: string; pending: Pending };

const JOINED_WITHIN = 5 * 60_000;

/**
 * Returns the lines of a timeline: its entries with a line for each day, before unread messages, and for the archive.
 * dayOf: the day of a time in the workspace's zone. seen: the last turn that had been read when it was opened.
 */
export function rowsOf(
  timeline: Timeline,
  dayOf: (at: string) => string,
  seen: number | null,
): TimelineRow[] {
  const rows: TimelineRow[] = [];
  if (timeline.archived && timeline.before === null) {
    rows.push({ kind: "archived", key: "archived", at: timeline.archived_before });
  }
  let day = "";
  let former: Entry | null = null;
  let marked = seen === null;
  for (const entry of timeline.entries) {
    if (isHidden(entry)) continue;
    const today = dayOf(entry.at);
    if (today !== day) rows.push({ kind: "day", key: `day-${today}-${entry.turn}`, at: entry.at });
    if (!marked && entry.author === "customer" && entry.turn > (seen ?? 0)) {
      marked = true;
      rows.push({ kind: "unread", key: "unread" });
      former = null;
    }
    const joined = today === day && former !== null && isJoined(former, entry);
    rows.push({ kind: "entry", key: entry.id, entry, joined });
    day = today;
    former = entry;
  }
  for (const pending of timeline.pending) {
    rows.push({ kind: "pending", key: pending.id ?? pending.intent, pending });
  }
  return rows;
}

/** A reaction stands at its message. One whose message is not known, or that failed, is a line of its own. */
function isHidden(entry: Entry): boolean {
  return isReaction(entry) && Boolean(entry.reacts_to) && entry.delivery?.state !== "failed";
}

const isReaction = (entry: Entry) => entry.content?.type === "reaction";

export type Reaction = { author: string; emoji: string };

/**
 * Returns the reactions at each message: those that its page had, and later ones, whose message may be on another page.
 * own: emoji that are being sent, by message; empty: being taken away.
 */
export function reactionsAt(
  entries: readonly Entry[],
  own: ReadonlyMap<string, string>,
): Map<string, Reaction[]> {
  const found = new Map<string, Map<string, string>>();
  const put = (message: string, author: string, emoji: string) => {
    const here = found.get(message) ?? new Map<string, string>();
    found.set(message, here.set(author === "customer" ? "customer" : "agent", emoji));
  };
  for (const entry of entries) {
    for (const one of entry.reactions ?? []) put(entry.id, one.author, one.emoji);
  }
  for (const entry of entries) {
    if (isReaction(entry) && isHidden(entry))
      put(entry.reacts_to ?? "", entry.author ?? "", String(entry.content?.emoji ?? ""));
  }
  for (const [message, emoji] of own) put(message, "agent", emoji);
  const shown = [...found].map(([message, emojis]): [string, Reaction[]] => [
    message,
    [...emojis].filter(([, emoji]) => emoji).map(([author, emoji]) => ({ author, emoji })),
  ]);
  return new Map(shown.filter(([, list]) => list.length > 0));
}

function isJoined(former: Entry, entry: Entry): boolean {
  return (
    former.kind === "message" &&
    entry.kind === "message" &&
    former.author === entry.author &&
    (former.by ?? "") === (entry.by ?? "") &&
    Date.parse(entry.at) - Date.parse(former.at) < JOINED_WITHIN
  );
}

/** Returns which option the customer chose of each message of ours that offered some: option ids by message id. */
export function chosenOptions(entries: readonly Entry[]): Map<string, string> {
  const chosen = new Map<string, string>();
  const offered = new Map<string, string>();
  for (const entry of entries) {
    const content = entry.content ?? {};
    for (const id of optionIds(content)) offered.set(id, entry.id);
    const choice = content.type === "choice" ? String(content.id ?? "") : "";
    const message = offered.get(choice);
    if (message) chosen.set(message, choice);
  }
  return chosen;
}

function optionIds(content: Record<string, unknown>): string[] {
  const options = (content.buttons ?? content.rows) as { id?: string }[] | undefined;
  if (content.type !== "buttons" && content.type !== "list") return [];
  return (options ?? []).map((one) => String(one.id ?? ""));
}
