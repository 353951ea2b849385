/** Returns how many people a number may write to first in 24 hours, from Meta's word; null: no limit or not known. */
export function tierLimit(word: string): number | null {
  const found = /^TIER_(\d+)(K?)$/.exec(word);
  return found ? Number(found[1]) * (found[2] ? 1_000 : 1) : null;
}
