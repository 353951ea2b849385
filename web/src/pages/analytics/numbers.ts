export type Counts = Readonly<Record<string, number>>;

export const sum = (counts: Counts = {}) => Object.values(counts).reduce((total, one) => total + one, 0);

export const total = (amounts: Readonly<Record<string, string>> = {}) =>
  Object.values(amounts).reduce((all, one) => all + Number(one), 0);

/** Returns the share of answers without people; null: there were no conversations to answer. */
export function containment(received: Counts, handedOff: number): number | null {
  const all = sum(received);
  return all ? Math.max(0, 1 - handedOff / all) : null;
}

/** Returns the upper bound of the class in which a share of the waiting times ends; null: there are none. */
export function percentile(classes: Counts, share: number): number | null {
  const bounds = Object.keys(classes)
    .map((name) => ({
      bound: name === "longer" ? Number.POSITIVE_INFINITY : Number(name),
      count: classes[name] ?? 0,
    }))
    .sort((one, other) => one.bound - other.bound);
  const wanted = bounds.reduce((all, one) => all + one.count, 0) * share;
  if (!wanted) return null;
  let seen = 0;
  for (const { bound, count } of bounds) {
    seen += count;
    if (seen >= wanted) return bound;
  }
  return null;
}

/** Returns the change from a number to another as a share; null: there is nothing to compare with. */
export function change(before: number | undefined, now: number): number | null {
  return before ? now / before - 1 : null;
}
