import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { Frame, Row } from "./frames";

type RowPage = { items: Row[]; next: string | null };

/** Brings the cached queries of a workspace up to a frame. Frames may repeat and overtake each other. */
export function applyFrame(client: QueryClient, workspace: string, frame: Frame) {
  if (frame.type === "conversation:changed") {
    for (const row of frame.data.rows) applyRow(client, workspace, row);
  } else if (frame.type === "inbox:stale") {
    void client.invalidateQueries({ queryKey: [workspace, "conversations"] });
  } else if (frame.type === "broadcast:changed") {
    void client.invalidateQueries({ queryKey: [workspace, "broadcasts"] });
  } else if (frame.type === "channel:changed") {
    void client.invalidateQueries({ queryKey: [workspace, "channels"] });
  }
}

function applyRow(client: QueryClient, workspace: string, row: Row) {
  let known = false;
  client.setQueriesData<InfiniteData<RowPage>>({ queryKey: [workspace, "conversations"] }, (data) => {
    if (!data) return data;
    const pages = data.pages.map((page) => ({
      ...page,
      items: page.items.map((one) => {
        if (one.id !== row.id) return one;
        known = true;
        return row.version >= one.version ? { ...one, ...row } : one;
      }),
    }));
    return { ...data, pages };
  });
  if (!known) void client.invalidateQueries({ queryKey: [workspace, "conversations"] });
}
