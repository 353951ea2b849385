import type { Row } from "../../../live/frames";

/** The order of a list when somebody began to scroll. written: the customers' last messages at that time. */
export type Held = { ids: string[]; written: Map<string, string | null> };

export const held = (rows: readonly Row[]): Held => ({
  ids: rows.map((row) => row.id),
  written: new Map(rows.map((row) => [row.id, row.last_inbound_at])),
});

/**
 * Returns the rows in the order that is held, so that nothing moves under the eyes of somebody who has scrolled down:
 * rows of further pages are added below, and new ones above are only counted. Adds the further ones to what is held.
 */
export function inHeldOrder(rows: readonly Row[], order: Held): { shown: Row[]; news: number } {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const shown = order.ids.flatMap((id) => byId.get(id) ?? []);
  const last = rows.findLastIndex((row) => order.written.has(row.id));
  let news = shown.filter((row) => order.written.get(row.id) !== row.last_inbound_at).length;
  rows.forEach((row, index) => {
    if (order.written.has(row.id)) return;
    if (index < last) {
      news += 1;
      return;
    }
    shown.push(row);
    order.ids.push(row.id);
    order.written.set(row.id, row.last_inbound_at);
  });
  return { shown, news };
}
