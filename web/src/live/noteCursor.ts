/** Cursors of the answers that arrive before the live connection begins, so that it begins where they were read. */
export const cursors = new Map<string, Set<string>>();

export const MOST_CURSORS = 50;

/** Notes the cursor of an answer about a workspace (the header `Parley-Cursor`). */
export function noteCursor(url: string, cursor: string | null) {
  const workspace = /\/workspaces\/([^/?]+)/.exec(url)?.[1];
  if (!workspace || !cursor) return;
  const known = cursors.get(workspace) ?? new Set();
  if (known.size < MOST_CURSORS) known.add(cursor);
  cursors.set(workspace, known);
}
