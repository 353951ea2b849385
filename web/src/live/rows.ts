import type { Row } from "./frames";

const MOST = 3000;

/** A row that arrived as a frame or by its id. order: of arrival. unread: only rows that were fetched have it. */
export type Fresh = { row: Row; order: number; unread: { count: number; order: number } | null };

/**
 * The rows that arrived after the pages of lists were fetched, by conversation, each in its latest version.
 * Frames may repeat and overtake each other: the result is the same.
 */
export class FreshRows {
  private readonly rows = new Map<string, Fresh>();
  private readonly seen = new Map<string, number>();
  private readonly listeners = new Set<() => void>();
  private order = 0;
  private changes = 0;
  private due = 0;

  /** Returns the place in the order of arrivals: what arrived before is in a page that is fetched from now on. */
  mark = (): number => this.order;

  /** Adds the rows of a frame; returns those that are news. */
  add(rows: readonly Row[]): Row[] {
    const news = rows.filter((row) => this.addOne(row, null));
    if (news.length) this.tell();
    return news;
  }

  /** Adds rows that were fetched for this person, with their unread messages. */
  addFetched(rows: readonly Row[]) {
    for (const row of rows) this.addOne(row, row.unread);
    this.tell();
  }

  /** Notes that the person has read a conversation up to a turn, here or in another window. */
  noteSeen(conversation: string, turn: number) {
    if ((this.seen.get(conversation) ?? -1) >= turn) return;
    this.seen.set(conversation, turn);
    this.tell();
  }

  seenTurn(conversation: string): number {
    return this.seen.get(conversation) ?? -1;
  }

  get(conversation: string): Fresh | undefined {
    return this.rows.get(conversation);
  }

  all(): IterableIterator<Fresh> {
    return this.rows.values();
  }

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  /** Returns a number that changes with the rows. */
  version = (): number => this.changes;

  private addOne(row: Row, unread: number | null): boolean {
    const before = this.rows.get(row.id);
    if (before && !row.gone && !row.partial && before.row.version > row.version) return false;
    if (row.partial && before) return true;
    this.rows.delete(row.id); // the latest arrival is the last one
    const order = ++this.order;
    const known = unread === null ? (before?.unread ?? null) : { count: unread, order };
    this.rows.set(row.id, { row, order, unread: known });
    if (this.rows.size > MOST) this.rows.delete(this.rows.keys().next().value as string);
    return true;
  }

  /** Tells listeners at most once for each picture that the browser paints. */
  private tell() {
    this.changes += 1;
    if (this.due) return;
    const paint = () => {
      this.due = 0;
      for (const listener of this.listeners) listener();
    };
    this.due =
      document.visibilityState === "hidden" ? window.setTimeout(paint, 200) : requestAnimationFrame(paint);
  }
}
