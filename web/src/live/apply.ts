import type { QueryClient } from "@tanstack/react-query";
import type { Frame, Row } from "./frames";
import type { Refresh } from "./refresh";
import type { FreshRows } from "./rows";

export type Shown = { client: QueryClient; workspace: string; rows: FreshRows; refresh: Refresh };

/** Brings what is shown up to a frame. Frames may repeat and overtake each other. */
export function applyFrame(shown: Shown, frame: Frame) {
  const { client, workspace } = shown;
  if (frame.type === "conversation:changed") applyRows(shown, frame.data.rows);
  else if (frame.type === "inbox:stale") shown.refresh.staleLists();
  else if (frame.type === "seen") shown.rows.noteSeen(frame.data.conversation, frame.data.turn);
  else if (frame.type === "broadcast:changed") {
    shown.refresh.changed("broadcasts");
  } else if (frame.type === "channel:changed") {
    shown.refresh.changed("channels");
  } else if (frame.type === "template:changed") {
    shown.refresh.changed("templates");
  } else if (frame.type === "order:changed") {
    shown.refresh.changed("orders");
  } else if (frame.type === "customer:changed") {
    void client.invalidateQueries({ queryKey: [workspace, "customers", frame.data.customer] });
  }
}

function applyRows({ rows, refresh }: Shown, changed: readonly Row[]) {
  const before = new Map(changed.map((row) => [row.id, rows.get(row.id)?.row]));
  for (const row of rows.add(changed)) {
    const known = before.get(row.id);
    if (row.partial || !known || known.turn < row.turn) refresh.row(row);
    if (!known || known.mode !== row.mode || known.assigned_to !== row.assigned_to || row.gone)
      refresh.counts();
  }
}
