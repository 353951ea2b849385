import type { QueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { Row } from "./frames";
import { pagesOf } from "./pagesOf";
import type { FreshRows } from "./rows";

const LISTS_EVERY = 1000;
const COUNTS_EVERY = 5000;
const ROWS_EVERY = 1000;
const ROWS_OF_A_REQUEST = 50;
const MOST_WAITING = 200;

/** A list that is shown. wants: whether a row is among it, so that its unread messages are worth a request. */
export type ShownList = { wants: (row: Row) => boolean; stale: () => void };

/**
 * Fetches what frames do not carry, as rarely as possible: lists after `inbox:stale` at most once a second, counts of
 * folders every five seconds, and rows with the person's unread messages by their ids. Nothing while the tab is hidden.
 */
export class Refresh {
  private readonly lists = new Set<ShownList>();
  private readonly wanted = new Set<string>();
  private readonly timers = new Map<string, number>();
  private readonly last = new Map<string, number>();

  constructor(
    private readonly client: QueryClient,
    private readonly workspace: string,
    private readonly rows: FreshRows,
  ) {}

  /** Registers a list while it is shown; returns a function that ends it. */
  show(list: ShownList): () => void {
    this.lists.add(list);
    return () => void this.lists.delete(list);
  }

  stop() {
    for (const timer of this.timers.values()) window.clearTimeout(timer);
    this.timers.clear();
  }

  /** Goes on with what waited while the tab was hidden. */
  wake() {
    for (const [what, run] of this.pending) if (this.owed.has(what)) this.soon(what, run, 0);
  }

  staleLists() {
    this.soon("lists", () => this.fetchLists(), LISTS_EVERY);
    this.counts();
  }

  /** Fetches the counts of folders now and once more later: the answer may be four seconds old. */
  counts() {
    this.soon("counts", () => this.fetchCounts(true), COUNTS_EVERY);
  }

  /** Fetches queries below this key anew, at most every five seconds for each page that a list has loaded. */
  changed(what: "broadcasts" | "channels" | "orders" | "templates") {
    const pages = pagesOf(this.client, [this.workspace, what]);
    this.soon(what, () => this.invalidate(what), COUNTS_EVERY * pages);
  }

  /** Fetches rows by their ids if a shown list has them; ids: those whose row could not be read too. */
  row(row: Row) {
    if (!row.partial && ![...this.lists].some((list) => list.wants(row))) return;
    this.wanted.delete(row.id);
    this.wanted.add(row.id);
    if (this.wanted.size > MOST_WAITING) {
      this.wanted.clear();
      this.staleLists();
    } else this.soon("rows", () => this.fetchRows(), ROWS_EVERY);
  }

  private readonly pending = new Map<string, () => void>();
  private readonly owed = new Set<string>();

  /** Runs something now, or when `every` ms have passed since it ran last; once, however often it is asked for. */
  private soon(what: string, run: () => void, every: number) {
    this.pending.set(what, run);
    this.owed.add(what);
    if (this.timers.has(what) || document.visibilityState === "hidden") return;
    const wait = Math.max(0, (this.last.get(what) ?? 0) + every - Date.now());
    const timer = window.setTimeout(() => {
      this.timers.delete(what);
      if (document.visibilityState === "hidden") return;
      this.owed.delete(what);
      this.last.set(what, Date.now());
      this.pending.get(what)?.();
    }, wait);
    this.timers.set(what, timer);
  }

  private fetchLists() {
    for (const list of this.lists) list.stale();
  }

  private fetchCounts(again: boolean) {
    this.invalidate("counts");
    if (again) this.soon("counts", () => this.fetchCounts(false), COUNTS_EVERY);
  }

  private invalidate(what: string) {
    void this.client.invalidateQueries({ queryKey: [this.workspace, what] });
  }

  private async fetchRows() {
    const ids = [...this.wanted].slice(-ROWS_OF_A_REQUEST);
    for (const id of ids) this.wanted.delete(id);
    if (this.wanted.size) this.soon("rows", () => this.fetchRows(), ROWS_EVERY);
    if (!ids.length) return;
    try {
      this.rows.addFetched((await fetchRows(this.workspace, ids)).items);
    } catch {
      for (const id of ids) this.wanted.add(id); // the next change, or the next poll, asks again
    }
  }
}

/** Returns the rows of conversations, at most fifty. */
export const fetchRows = (workspace: string, ids: readonly string[]) =>
  answer(
    api.GET("/api/v1/workspaces/{workspace}/conversations", {
      params: { path: { workspace }, query: { ids: ids.join(",") } },
    }),
  );
