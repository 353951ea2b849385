import type { Schemas } from "../../../api/client";

// Fields that say nothing are left out of entries.
type Whole = Schemas["Entry"];
type Always = "id" | "kind" | "position" | "turn" | "at";
type WholeDelivery = NonNullable<Whole["delivery"]>;
export type Delivery = Pick<WholeDelivery, "state"> & Partial<Omit<WholeDelivery, "state">>;
export type Entry = Pick<Whole, Always> &
  Partial<Omit<Whole, Always | "delivery">> & { delivery?: Delivery | null | undefined };

/** A message or note of ours that is shown before the console has accepted it. id: known from its answer on. */
export type Pending = {
  intent: string;
  id: string | null;
  command: string | null;
  kind: "message" | "note";
  content: Record<string, unknown>;
  text: string;
  at: string;
  quote?: Entry["quote"];
};

/**
 * The known part of a conversation's timeline. entries: each once, in the conversation's order.
 * held: messages of agents that came while an answer to one of ours was awaited: one of them may be the same message.
 */
export type Timeline = {
  entries: Entry[];
  before: string | null;
  after: string | null;
  archived: boolean;
  archived_before: string | null;
  pending: Pending[];
  held: Entry[];
};

export type Page = Pick<Timeline, "entries" | "before" | "after" | "archived" | "archived_before">;

export const EMPTY: Timeline = {
  entries: [],
  before: null,
  after: null,
  archived: false,
  archived_before: null,
  pending: [],
  held: [],
};

/** Compares positions such as `12.1`: by turn, then by place. */
export function comparePositions(a: string, b: string): number {
  const [turnA = 0, placeA = 0] = a.split(".").map(Number);
  const [turnB = 0, placeB = 0] = b.split(".").map(Number);
  return turnA - turnB || placeA - placeB;
}

const RANKS: Record<string, number> = {
  queued: 0,
  sending: 1,
  waiting: 2,
  held: 3,
  failed: 4,
  sent: 20,
  delivered: 30,
  read: 40,
  played: 50,
  deleted: 60,
};

/** Returns how far a message is. A failure that the provider reported later outranks that it was sent. */
export function rankOf(delivery: Delivery): number {
  const reported = delivery.statuses?.some((one) => one.status === "failed") && delivery.state === "failed";
  return reported ? 25 : (RANKS[delivery.state] ?? 0);
}

/** Adds entries to those that are known. Entries may repeat, overtake each other, and come from pages or frames. */
export function mergeEntries(known: readonly Entry[], found: readonly Entry[], whole = true): Entry[] {
  const byId = new Map(known.map((one) => [one.id, one]));
  for (const entry of found) {
    const old = byId.get(entry.id);
    byId.set(entry.id, old ? newer(old, entry, whole) : entry);
  }
  return [...byId.values()].sort(
    (a, b) => comparePositions(a.position, b.position) || (a.id < b.id ? -1 : Number(a.id > b.id)),
  );
}

/** Returns one entry of two copies. whole: the second one is from a page, which has reactions and quotes, too. */
function newer(old: Entry, found: Entry, whole: boolean): Entry {
  const edits = (one: Entry) => (one.earlier?.length ?? 0) + (one.taken_back_at ? 1000 : 0);
  const latest = edits(found) >= edits(old) ? found : old;
  const merged = { ...latest };
  const referring = whole ? found : { ...found, ...pick(old) };
  merged.reactions = referring.reactions;
  merged.quote = referring.quote ?? old.quote;
  merged.reacts_to = referring.reacts_to || old.reacts_to;
  merged.by = found.by || old.by;
  merged.flow = found.flow || old.flow;
  merged.step = found.step || old.step;
  merged.model = found.model || old.model;
  if (old.delivery && found.delivery) {
    merged.delivery = rankOf(found.delivery) >= rankOf(old.delivery) ? found.delivery : old.delivery;
  } else merged.delivery = found.delivery ?? old.delivery;
  return merged;
}

function pick({ reactions, quote, reacts_to }: Entry) {
  return { reactions, quote, reacts_to };
}

/** Adds what a live frame brought. Messages of agents wait while one of ours has no id yet. */
export function receive(timeline: Timeline, found: readonly Entry[]): Timeline {
  if (timeline.after !== null) return timeline; // the end is not shown: its page is fetched when it is
  const known = new Set(timeline.entries.map((one) => one.id));
  const awaits = timeline.pending.some((one) => one.id === null);
  const isOurs = (one: Entry) => one.kind === "note" || one.author === "agent";
  const wait = awaits ? found.filter((one) => isOurs(one) && !known.has(one.id)) : [];
  const now = found.filter((one) => !wait.includes(one));
  return settle({
    ...timeline,
    entries: mergeEntries(timeline.entries, now, false),
    held: mergeEntries(timeline.held, wait, false),
  });
}

/** Applies a status to a message that is shown. */
export function receiveStatus(timeline: Timeline, message: string, delivery: Delivery): Timeline {
  const apply = (one: Entry): Entry =>
    one.id === message && (!one.delivery || rankOf(delivery) >= rankOf(one.delivery))
      ? { ...one, delivery }
      : one;
  return { ...timeline, entries: timeline.entries.map(apply), held: timeline.held.map(apply) };
}

/** Shows a message or note at once. */
export function begin(timeline: Timeline, pending: Pending): Timeline {
  return {
    ...timeline,
    pending: [...timeline.pending.filter((one) => one.intent !== pending.intent), pending],
  };
}

/** Notes the ids that the console gave to a pending message. */
export function accept(
  timeline: Timeline,
  intent: string,
  ids: { command: string; id: string | null },
): Timeline {
  const pending = timeline.pending.map((one) => (one.intent === intent ? { ...one, ...ids } : one));
  return settle({ ...timeline, pending });
}

/** Removes a pending message that will not be sent. */
export function withdraw(timeline: Timeline, intent: string): Timeline {
  return settle({ ...timeline, pending: timeline.pending.filter((one) => one.intent !== intent) });
}

/** Shows held messages once all ids are known, and forgets pending ones that have arrived. */
function settle(timeline: Timeline): Timeline {
  const free = timeline.pending.every((one) => one.id !== null);
  const entries = free ? mergeEntries(timeline.entries, timeline.held, false) : timeline.entries;
  const ids = new Set(entries.map((one) => one.id));
  return {
    ...timeline,
    entries,
    held: free ? [] : timeline.held,
    pending: timeline.pending.filter((one) => one.id === null || !ids.has(one.id)),
  };
}

/** Joins a fetched page to what is known: as its older or newer neighbour, or in its place if there is a gap. */
export function joinPage(timeline: Timeline, page: Page, side: "older" | "newer" | "latest"): Timeline {
  const { entries, before, after, archived, archived_before } = page;
  if (side === "older") {
    return {
      ...timeline,
      entries: mergeEntries(timeline.entries, entries),
      before,
      archived,
      archived_before,
    };
  }
  const last = timeline.entries.at(-1)?.position;
  const first = entries[0]?.position;
  const gap = side === "latest" && before !== null && (!last || !first || comparePositions(first, last) > 0);
  if (gap) return settle({ ...timeline, entries, before, after, archived, archived_before });
  const begins = timeline.entries.length === 0 || (side === "latest" && before === null);
  return settle({
    ...timeline,
    entries: mergeEntries(timeline.entries, entries),
    ...(begins ? { before, archived, archived_before } : {}),
    after,
  });
}
