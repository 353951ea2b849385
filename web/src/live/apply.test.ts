import { QueryClient } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { applyFrame } from "./apply";
import type { Row } from "./frames";
import { mergeRows, type RowPage } from "./merge";
import { Refresh } from "./refresh";
import { FreshRows } from "./rows";
import type { View } from "./view";

const ALL: View = { folder: "all", label: "", channel: "", sort: "newest" };
const AT = Date.parse("2026-03-14T10:00:00Z");

function row(id: string, version: number, more: Partial<Row> = {}): Row {
  const at = new Date(AT + version * 1000).toISOString();
  return {
    id,
    version,
    turn: version,
    mode: "human",
    assigned_to: "",
    labels: [],
    last_inbound_at: at,
    waits_since: at,
    snoozed_until: null,
    unread: 0,
    preview: { author: "customer", text: `${id} ${version}`, at, failed: false, in_doubt: false },
    ...more,
  } as Row;
}

const page = (items: Row[], next: string | null = null, asOf = 0): RowPage => ({ items, next, asOf });
const words = (rows: Row[]) => rows.map((one) => one.preview?.text);

function arrived(rows: Row[]): FreshRows {
  const fresh = new FreshRows();
  const client = new QueryClient();
  const refresh = new Refresh(client, "acme", fresh);
  const shown = { client, workspace: "acme", rows: fresh, refresh };
  for (const one of rows) applyFrame(shown, { type: "conversation:changed", data: { rows: [one] } });
  refresh.stop();
  return fresh;
}

test("a newer version replaces the row and moves it to its place; an older one changes nothing", () => {
  const pages = [page([row("a", 5), row("b", 3)])];
  const fresh = arrived([row("b", 7), row("b", 4)]);
  expect(words(mergeRows(pages, fresh, ALL, "me", AT))).toEqual(["b 7", "a 5"]);
});

test("a row leaves a folder that it is no longer in, and enters another", () => {
  const mine: View = { ...ALL, folder: "mine" };
  const fresh = arrived([row("a", 6, { assigned_to: "bob" }), row("c", 8, { assigned_to: "me" })]);
  const pages = [page([row("a", 5, { assigned_to: "me" })])];
  expect(words(mergeRows(pages, fresh, mine, "me", AT))).toEqual(["c 8"]);
});

test("a row that belongs behind the loaded pages waits for its page", () => {
  const fresh = arrived([row("old", 1), row("new", 9)]);
  const pages = [page([row("a", 5), row("b", 3)], "more")];
  expect(words(mergeRows(pages, fresh, ALL, "me", AT))).toEqual(["new 9", "a 5", "b 3"]);
});

test("a row that the server has left out since it arrived is not added again", () => {
  const fresh = arrived([row("gone", 9)]);
  expect(words(mergeRows([page([row("a", 5)], null, fresh.mark())], fresh, ALL, "me", AT))).toEqual(["a 5"]);
});

test("what is read is not unread, and a frame keeps the unread messages that are known", () => {
  const fresh = arrived([row("a", 6)]);
  const pages = [page([row("a", 5, { unread: 3 })])];
  expect(mergeRows(pages, fresh, ALL, "me", AT)[0]?.unread).toBe(3);
  fresh.addFetched([row("a", 6, { unread: 4 })]);
  expect(mergeRows(pages, fresh, ALL, "me", AT)[0]?.unread).toBe(4);
  fresh.noteSeen("a", 6);
  expect(mergeRows(pages, fresh, ALL, "me", AT)[0]?.unread).toBe(0);
});

/** A generator of repeatable numbers below a limit. */
function numbers(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return Math.floor((state / 4294967296) * below);
  };
}

test.each(Array.from({ length: 60 }, (_, seed) => seed))(
  "frames in any order, some repeated, make the same list (%i)",
  (seed) => {
    const below = numbers(seed);
    const people = ["", "me", "bob"];
    const latest = new Map<string, Row>();
    const frames = Array.from({ length: 120 }, (_, index) => {
      const id = `c${below(15)}`;
      const changed = row(id, index + 1, {
        assigned_to: people[below(3)] ?? "",
        mode: ["human", "bot", "closed"][below(3)] ?? "bot",
        labels: below(2) ? ["vip"] : [],
      });
      latest.set(id, changed);
      return changed;
    });
    const first = [...new Map(frames.slice(0, 40).map((one) => [one.id, one])).values()];
    const shuffled = [...frames, ...frames.slice(0, 50)]
      .map((one) => ({ one, place: below(1_000_000) }))
      .sort((a, b) => a.place - b.place)
      .map(({ one }) => one);
    for (const folder of ["all", "mine", "unassigned", "people", "bot", "closed"] as const) {
      const view: View = { ...ALL, folder };
      const before = mergeRows([page(first)], new FreshRows(), ALL, "me", AT);
      const pages = [page(before.filter((one) => matches(one, folder)))];
      const expected = [...latest.values()]
        .filter((one) => matches(one, folder))
        .sort((a, b) => b.version - a.version);
      expect(words(mergeRows(pages, arrived(shuffled), view, "me", AT))).toEqual(words(expected));
    }
  },
);

function matches(one: Row, folder: string): boolean {
  if (folder === "mine") return one.mode === "human" && one.assigned_to === "me";
  if (folder === "unassigned") return one.mode === "human" && !one.assigned_to;
  if (folder === "people") return one.mode === "human";
  if (folder === "bot") return one.mode === "bot";
  if (folder === "closed") return one.mode === "closed" && !one.assigned_to;
  return true;
}

test("a template that is paused at the provider is fetched anew by pickers that are open", () => {
  vi.useFakeTimers();
  const client = new QueryClient();
  const rows = new FreshRows();
  const refresh = new Refresh(client, "acme", rows);
  client.setQueryData(["acme", "templates"], []);
  applyFrame(
    { client, workspace: "acme", rows, refresh },
    { type: "template:changed", data: { template: "news en" } },
  );
  vi.advanceTimersByTime(10);
  expect(client.getQueryState(["acme", "templates"])?.isInvalidated).toBe(true);
  refresh.stop();
  vi.useRealTimers();
});
