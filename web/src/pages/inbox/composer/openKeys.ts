import type { Schemas } from "../../../api/client";

type Content = Schemas["NewMessage"]["content"];

/** The key of a message that got no answer. guard: of the first request; the same key needs the same request. */
export type OpenKey = { intent: string; guard: string | null };

// By conversation, then by message: whoever leaves and comes back sends the same message with the same key.
const open = new Map<string, Map<string, OpenKey>>();

/** Returns the place of a conversation's keys. */
export const placeOf = (workspace: string, conversation: string) => `${workspace} ${conversation}`;

/** Returns what tells one message from another: the same one again keeps its key. */
export function bodyOf(content: Content, note: boolean, replyTo: string): string {
  return JSON.stringify([content, note, replyTo]);
}

/** Returns the message that a text becomes. */
export const textContent = (text: string) => ({ type: "text", body: text, preview_url: true }) as const;

/** The keys of messages whose first request got no answer: sent again with the same key, they are sent once. */
export const openKeys = {
  of: (place: string, body: string): OpenKey | null => open.get(place)?.get(body) ?? null,

  /** Returns the key of the text that a draft holds; empty: it has not been sent. */
  ofDraft: (place: string, text: string, replyTo: string): string =>
    openKeys.of(place, bodyOf(textContent(text.trim()), false, replyTo))?.intent ?? "",

  keep(place: string, body: string, key: OpenKey) {
    const here = open.get(place) ?? new Map<string, OpenKey>();
    open.set(place, here.set(body, key));
  },

  /** Forgets the key of a message that was answered, and of no other one. */
  end(place: string, body: string, intent: string) {
    const here = open.get(place);
    if (here?.get(body)?.intent !== intent) return;
    here.delete(body);
    if (here.size === 0) open.delete(place);
  },
};
