/** A request that was begun before the code that shows its answer. at: milliseconds since 1970. */
type Begun = { at: number; answer: Promise<unknown> };

const FRESH = 10_000;
const begun = new Map<string, Begun>();

/** Begins a request whose answer `readOnce` takes, unless one of this name is under way. After ten seconds nobody does. */
export function readAhead(name: string, read: () => Promise<unknown>) {
  const now = Date.now();
  for (const [other, { at }] of begun) if (now - at > FRESH) begun.delete(other);
  if (begun.has(name)) return;
  const answer = read();
  answer.catch(() => undefined); // its reader is told; without a reader nobody needs to know
  begun.set(name, { at: now, answer });
}

/** Returns the answer that was begun with this name, to the first one who asks; else that of `read`. */
export function readOnce<T>(name: string, read: () => Promise<T>): Promise<T> {
  const found = begun.get(name);
  begun.delete(name);
  return found && Date.now() - found.at <= FRESH ? (found.answer as Promise<T>) : read();
}
