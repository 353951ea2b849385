/** Cursors of the answers that arrive before the live connection begins, so that it begins where they were read. */
const cursors = new Map<string, Set<string>>();

/** Notes the cursor of an answer about a workspace (the header `Parley-Cursor`). */
export function noteCursor(url: string, cursor: string | null) {
  const workspace = /\/workspaces\/([^/?]+)/.exec(url)?.[1];
  if (!workspace || !cursor) return;
  const known = cursors.get(workspace) ?? new Set();
  if (known.size < 20) known.add(cursor);
  cursors.set(workspace, known);
}

/** Returns the first cursor, and whether other answers were read elsewhere in the stream: then fetch them anew. */
export function firstCursor(workspace: string): { cursor: string | null; unsure: boolean } {
  const known = cursors.get(encodeURIComponent(workspace));
  return { cursor: known?.values().next().value ?? null, unsure: known?.size !== 1 };
}
