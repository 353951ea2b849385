import { addDays, dayOf, startOfDay } from "../../time/days";

export const RANGES = ["today", "7", "30", "90", "own"] as const;
export type Range = (typeof RANGES)[number];

/** Days of the workspace's zone, both included; since, until: the moments; the end is not included. */
export type Period = { first: string; last: string; since: string; until: string };

/** Returns the period of a range in a zone, today included. */
export function periodOf(range: Range, zone: string, now: Date, from?: string, to?: string): Period {
  const today = dayOf(now, zone);
  if (range === "own" && from && to && from <= to) return between(from, to, zone);
  const days = range === "today" || range === "own" ? 1 : Number(range);
  return between(addDays(today, 1 - days), today, zone);
}

/** Returns the period of as many days just before. Of today: the same hours of yesterday are not cut off. */
export function periodBefore({ first, last }: Period, zone: string): Period {
  const days = daysOf({ first, last });
  return between(addDays(first, -days), addDays(first, -1), zone);
}

export function daysOf({ first, last }: Pick<Period, "first" | "last">): number {
  return Math.round((Date.parse(last) - Date.parse(first)) / 86_400_000) + 1;
}

/** Returns all days of a period. */
export function listDays({ first, last }: Pick<Period, "first" | "last">): string[] {
  return Array.from({ length: daysOf({ first, last }) }, (_, index) => addDays(first, index));
}

function between(first: string, last: string, zone: string): Period {
  return {
    first,
    last,
    since: startOfDay(first, zone).toISOString(),
    until: startOfDay(addDays(last, 1), zone).toISOString(),
  };
}
