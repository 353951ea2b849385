import { ownPlace } from "./own";

const MOST = 8;
export type Recent = { id: string; name: string };

const place = (workspace: string, person: string) => ownPlace(person, `recent.${workspace}`);

/** Returns the conversations that this tab has shown to a person, the latest first. */
export function readRecent(workspace: string, person: string): Recent[] {
  try {
    return JSON.parse(sessionStorage.getItem(place(workspace, person)) ?? "[]") as Recent[];
  } catch {
    return [];
  }
}

/** Notes that a conversation is shown. */
export function noteRecent(workspace: string, person: string, shown: Recent) {
  const others = readRecent(workspace, person).filter((one) => one.id !== shown.id);
  try {
    sessionStorage.setItem(place(workspace, person), JSON.stringify([shown, ...others].slice(0, MOST)));
  } catch {
    // Private windows may refuse to store; the command bar then has no recent conversations.
  }
}
