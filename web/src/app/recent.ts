const MOST = 8;
export type Recent = { id: string; name: string };

const place = (workspace: string) => `parley.recent.${workspace}`;

/** Returns the conversations that this tab has shown, the latest first. */
export function readRecent(workspace: string): Recent[] {
  try {
    return JSON.parse(sessionStorage.getItem(place(workspace)) ?? "[]") as Recent[];
  } catch {
    return [];
  }
}

/** Notes that a conversation is shown. */
export function noteRecent(workspace: string, shown: Recent) {
  const others = readRecent(workspace).filter((one) => one.id !== shown.id);
  try {
    sessionStorage.setItem(place(workspace), JSON.stringify([shown, ...others].slice(0, MOST)));
  } catch {
    // Private windows may refuse to store; the command bar then has no recent conversations.
  }
}
