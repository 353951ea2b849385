/** Messages that went out, and how many of them were read or delivered. */
export type Share = { hits: number; of: number };

/** The difference of two shares, B less A, and the interval that has the true one in 95 of 100 comparisons. */
export type Difference = { difference: number; low: number; high: number };

const Z = 1.96;
const FEWEST = 20; // messages of each variant, below which nothing is said

/** Returns Wilson's interval of a share: it stays within 0 and 1, and holds for small numbers too. */
export function wilson({ hits, of }: Share): [number, number] {
  const square = Z * Z;
  const middle = (hits + square / 2) / (of + square);
  const reach = (Z / (of + square)) * Math.sqrt((hits * (of - hits)) / of + square / 4);
  return [Math.max(0, middle - reach), Math.min(1, middle + reach)];
}

/** Returns how much larger B's share is than A's, with Newcombe's interval; null: too few to say. */
export function difference(a: Share, b: Share): Difference | null {
  if (a.of < FEWEST || b.of < FEWEST) return null;
  const [shareA, shareB] = [a.hits / a.of, b.hits / b.of];
  const [lowA, highA] = wilson(a);
  const [lowB, highB] = wilson(b);
  const apart = shareB - shareA;
  return {
    difference: apart,
    low: apart - Math.hypot(shareB - lowB, highA - shareA),
    high: apart + Math.hypot(highB - shareB, shareA - lowA),
  };
}

/** Returns which variant is better for sure; null: none is. */
export function better({ low, high }: Difference): "A" | "B" | null {
  if (low > 0) return "B";
  return high < 0 ? "A" : null;
}
