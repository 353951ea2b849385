import { addDays, dayOf, startOfDay } from "../../time/days";

const QUARTER = 900_000;
const HOUR = 3_600_000;

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

/**
 * Returns the period of as many days just before. One that is not over is compared with the same part of the one
 * before: until the same time of the day, by whole quarters of an hour, as the server counts.
 */
export function periodBefore(period: Period, zone: string, now: Date): Period {
  const { first, last } = period;
  const days = daysOf({ first, last });
  const before = between(addDays(first, -days), addDays(first, -1), zone);
  const gone = Math.ceil((now.getTime() - startOfDay(last, zone).getTime()) / QUARTER) * QUARTER;
  const until = new Date(startOfDay(before.last, zone).getTime() + gone).toISOString();
  return isOver(period, now) || until >= before.until ? before : { ...before, until };
}

/** Returns whether a period has ended. */
export const isOver = (period: Period, now: Date) => new Date(period.until) <= now;

/** Returns whether a period is short enough to be shown by hours. */
export const byHours = (period: Period) => daysOf(period) <= 2;

/** Returns the start of each hour of a period. */
export function listHours({ since, until }: Period): string[] {
  const start = Date.parse(since);
  const hours = Math.ceil((Date.parse(until) - start) / HOUR);
  return Array.from({ length: hours }, (_, index) => new Date(start + index * HOUR).toISOString());
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
