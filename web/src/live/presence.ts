import { useSyncExternalStore } from "react";
import type { Frame, Who } from "./frames";

const TYPING_ENDS = 10_000;
const NOBODY: readonly Who[] = [];

/** The people who view and type, by conversation. A person whose end of typing was lost types no longer than ten seconds. */
export class Presence {
  private readonly viewing = new Map<string, readonly Who[]>();
  private readonly typing = new Map<string, readonly Who[]>();
  private readonly ends = new Map<string, number>();
  private readonly listeners = new Set<() => void>();

  apply(frame: Frame) {
    if (frame.type === "viewing") this.put(this.viewing, frame.data.conversation, frame.data.who);
    else if (frame.type === "typing:start") this.starts(frame.data.conversation, frame.data.who);
    else if (frame.type === "typing:stop") this.stops(frame.data.conversation, frame.data.who);
  }

  /** Forgets everybody: without a connection nobody is known to be there. */
  clear() {
    this.viewing.clear();
    this.typing.clear();
    this.tell();
  }

  viewers = (conversation: string) => this.viewing.get(conversation) ?? NOBODY;
  typists = (conversation: string) => this.typing.get(conversation) ?? NOBODY;

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  private starts(conversation: string, who: Who) {
    const others = this.typists(conversation).filter((one) => one.id !== who.id);
    this.put(this.typing, conversation, [...others, who]);
    const key = `${conversation} ${who.id}`;
    window.clearTimeout(this.ends.get(key));
    this.ends.set(
      key,
      window.setTimeout(() => this.stops(conversation, who), TYPING_ENDS),
    );
  }

  private stops(conversation: string, who: Who) {
    const others = this.typists(conversation).filter((one) => one.id !== who.id);
    this.put(this.typing, conversation, others);
  }

  private put(where: Map<string, readonly Who[]>, conversation: string, who: readonly Who[]) {
    if (who.length) where.set(conversation, who);
    else where.delete(conversation);
    this.tell();
  }

  private tell() {
    for (const listener of this.listeners) listener();
  }
}

/** Returns the colleagues in a conversation, without the person at this browser. */
export function usePresence(presence: Presence, conversation: string, me: string) {
  const viewers = useSyncExternalStore(presence.subscribe, () => presence.viewers(conversation));
  const typists = useSyncExternalStore(presence.subscribe, () => presence.typists(conversation));
  const others = (who: readonly Who[]) => who.filter((one) => one.id !== me);
  return { viewers: others(viewers), typists: others(typists) };
}
