import { expect, test } from "vitest";
import {
  accept,
  begin,
  comparePositions,
  EMPTY,
  type Entry,
  joinPage,
  type Pending,
  receive,
  receiveStatus,
  type Timeline,
  withdraw,
} from "./timeline";

/** A generator of the same numbers for a seed. */
function random(seed: number) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

function shuffled<T>(items: readonly T[], next: () => number): T[] {
  const rest = [...items];
  const out: T[] = [];
  while (rest.length) out.push(...rest.splice(Math.floor(next() * rest.length), 1));
  return out;
}

function entry(turn: number, place: number, author: string, next: () => number): Entry {
  // Clocks disagree: the order must not depend on them.
  const at = new Date(1_700_000_000_000 + Math.floor(next() * 1e9)).toISOString();
  const id = `m${turn}.${place}`;
  const base = { id, kind: "message", position: `${turn}.${place}`, turn, at, author, text: id };
  return author === "customer" ? base : { ...base, index: place - 1, delivery: { state: "queued" } };
}

function pending(intent: string): Pending {
  return { intent, id: null, command: null, kind: "message", content: {}, text: intent, at: "" };
}

const STATES = ["sending", "sent", "delivered", "read"];

test("A3: events in any order and repeated give one list, each message once", () => {
  for (let seed = 0; seed < 40; seed++) {
    const next = random(seed + 1);
    const entries: Entry[] = [];
    for (let turn = 1; turn <= 12; turn++) {
      const agent = next() < 0.4;
      if (!agent) entries.push(entry(turn, 0, "customer", next));
      const answers = 1 + Math.floor(next() * 3);
      for (let place = 1; place <= answers; place++) {
        entries.push(entry(turn, place, agent ? "agent" : "faq", next));
      }
    }
    const ours = entries.filter((one) => one.author === "agent" && one.index === 0);
    const events: ((one: Timeline) => Timeline)[] = [];
    for (const one of entries) {
      events.push((it) => receive(it, [one]));
      if (next() < 0.5) events.push((it) => receive(it, [one]));
      if (one.author !== "customer") {
        for (const state of STATES) {
          events.push((it) => receive(it, [{ ...one, delivery: { state } }]));
          events.push((it) => receiveStatus(it, one.id, { state }));
        }
      }
    }
    for (const one of ours) {
      events.push((it) => accept(it, `i${one.id}`, { command: `c${one.id}`, id: one.id }));
    }
    let timeline = ours.reduce((it, one) => begin(it, pending(`i${one.id}`)), EMPTY);
    for (const event of shuffled(events, next)) {
      timeline = event(timeline);
      // A bubble and its message are never shown together.
      const shown = timeline.entries.map((one) => one.id);
      expect(new Set(shown).size).toBe(shown.length);
      if (timeline.pending.some((one) => one.id !== null && shown.includes(one.id))) expect.unreachable();
    }
    expect(timeline.pending).toEqual([]);
    expect(timeline.held).toEqual([]);
    const order = [...entries].sort((a, b) => comparePositions(a.position, b.position)).map((one) => one.id);
    expect(timeline.entries.map((one) => one.id)).toEqual(order);
    const states = new Set(timeline.entries.flatMap((one) => (one.delivery ? [one.delivery.state] : [])));
    expect([...states]).toEqual(["read"]);
  }
});

test("a message that is not sent disappears, and held ones are shown", () => {
  const next = random(3);
  const other = entry(2, 1, "agent", next);
  let timeline = receive(begin(EMPTY, pending("i1")), [other]);
  expect(timeline.entries).toEqual([]);
  timeline = withdraw(timeline, "i1");
  expect(timeline.entries).toEqual([other]);
});

test("a page after a gap takes the place of what is shown, and an overlapping one is added", () => {
  const next = random(5);
  const all = Array.from({ length: 9 }, (_, i) => entry(i + 1, 0, "customer", next));
  const page = (from: number, to: number) => ({
    entries: all.slice(from, to),
    before: from ? (all[from]?.position ?? null) : null,
    after: null,
    archived: false,
    archived_before: null,
  });
  const shown = joinPage(EMPTY, page(0, 3), "latest");
  expect(joinPage(shown, page(2, 5), "latest").entries).toHaveLength(5);
  expect(joinPage(shown, page(2, 5), "latest").before).toBeNull();
  const afterGap = joinPage(shown, page(6, 9), "latest");
  expect(afterGap.entries.map((one) => one.id)).toEqual(["m7.0", "m8.0", "m9.0"]);
  expect(afterGap.before).toBe("7.0");
});

test("a failed message stays failed until it is sent again", () => {
  const next = random(7);
  let timeline = receive(EMPTY, [entry(1, 1, "agent", next)]);
  timeline = receiveStatus(timeline, "m1.1", { state: "failed" });
  timeline = receiveStatus(timeline, "m1.1", { state: "queued" });
  expect(timeline.entries[0]?.delivery?.state).toBe("failed");
  timeline = receiveStatus(timeline, "m1.1", { state: "sent" });
  expect(timeline.entries[0]?.delivery?.state).toBe("sent");
});
