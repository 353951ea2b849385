import type { Row } from "./frames";
import type { Fresh, FreshRows } from "./rows";
import { belongs, comparing, type View } from "./view";

/** A page of a list. asOf: the place in the order of arrivals when it was asked for (FreshRows.mark). among: the number
 * of the newest ones in which unread ones were looked for, if there are more. */
export type RowPage = { items: Row[]; next: string | null; asOf: number; among?: number | null };

/**
 * Returns the rows of a list: the pages that were fetched, brought up to date by the rows that arrived since.
 * A row that is new to the list is added if its place is among the loaded ones. Pure.
 */
export function mergeRows(
  pages: readonly RowPage[],
  fresh: FreshRows,
  view: View,
  me: string,
  now: number,
): Row[] {
  const first = pages[0];
  if (!first) return [];
  const known = new Map<string, { row: Row; asOf: number }>();
  for (const page of pages)
    for (const row of page.items) {
      const before = known.get(row.id);
      if (!before || row.version >= before.row.version) known.set(row.id, { row, asOf: page.asOf });
    }
  const rows: Row[] = [];
  for (const { row, asOf } of known.values()) {
    const news = fresh.get(row.id);
    const current = news ? newer(row, asOf, news) : row;
    if (current && (current === row || belongs(current, view, me, now)))
      rows.push(withUnread(current, fresh));
  }
  const compare = comparing(view.sort);
  const last = pages.at(-1);
  const end = last?.next ? last.items.at(-1) : undefined;
  for (const { row, order, unread } of fresh.all()) {
    if (known.has(row.id) || order <= first.asOf || row.gone || row.partial) continue;
    if (!belongs(row, view, me, now) || (end && compare(row, end) > 0)) continue;
    const added = withUnread({ ...row, unread: unread?.count ?? 0 }, fresh);
    // Rows that are read while the list of unread ones is open stay where they are; only unread ones are added.
    if (!view.unread || added.unread > 0) rows.push(added);
  }
  return rows.sort(compare);
}

function newer(row: Row, asOf: number, news: Fresh): Row | null {
  if (news.row.partial) return row;
  if (news.row.gone) return news.order > asOf ? null : row;
  if (news.row.version < row.version) return row;
  if (news.row.version === row.version && news.order <= asOf) return row;
  const unread = news.unread && news.unread.order > asOf ? news.unread.count : row.unread;
  return { ...row, ...news.row, unread };
}

function withUnread(row: Row, fresh: FreshRows): Row {
  return row.unread > 0 && fresh.seenTurn(row.id) >= row.turn ? { ...row, unread: 0 } : row;
}
