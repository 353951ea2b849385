import { isValues } from "./types";

/**
 * Returns the next values with all parts of the old ones that are equal to theirs; the old ones themselves if nothing
 * differs. What shows a part that stayed is not drawn anew. The order of keys counts: it is that of options and steps.
 */
export function keeping<Value>(old: unknown, next: Value): Value {
  if (Object.is(old, next)) return next;
  if (Array.isArray(old) && Array.isArray(next)) {
    const items = next.map((item, place) => keeping(old[place], item));
    const same = items.length === old.length && items.every((item, place) => Object.is(item, old[place]));
    return (same ? old : items) as Value;
  }
  if (!isValues(old) || !isValues(next)) return next;
  const before = Object.keys(old);
  const entries = Object.entries(next).map(([key, item]) => [key, keeping(old[key], item)] as const);
  const same =
    entries.length === before.length &&
    entries.every(([key, item], place) => key === before[place] && Object.is(item, old[key]));
  return (same ? old : Object.fromEntries(entries)) as Value;
}
