const EACH_SECOND = 15; // looks
const MOST_MS = 60_000;

/**
 * Returns the milliseconds until the next look at something that may take seconds or hours: a second at first, then
 * longer and longer, up to a minute. looks: how often somebody has looked.
 */
export function nextLook(looks: number): number {
  return Math.min(MOST_MS, 1_000 * 1.5 ** Math.max(0, looks - EACH_SECOND));
}

/** Returns how often a query has got an answer or an error. */
export const looksOf = (state: { dataUpdateCount: number; errorUpdateCount: number }) =>
  state.dataUpdateCount + state.errorUpdateCount;
