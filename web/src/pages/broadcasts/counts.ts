/** Recipients by state. */
export type Counts = Partial<Record<string, number>>;
type Step = { name: "people" | "sent" | "delivered" | "read" | "failed"; count: number };

/** Returns the steps of the funnel; each has those of the later ones too. */
export function funnelOf(counts: Counts): Step[] {
  const { sent = 0, delivered = 0, read = 0, failed = 0 } = counts;
  return [
    { name: "people", count: peopleOf(counts) },
    { name: "sent", count: sent + delivered + read },
    { name: "delivered", count: delivered + read },
    { name: "read", count: read },
    { name: "failed", count: failed },
  ];
}

/** Returns how many recipients are done, of how many. */
export function progressOf(counts: Counts): { finished: number; total: number } {
  const total = peopleOf(counts);
  return { finished: total - (counts.pending ?? 0) - (counts.queued ?? 0), total };
}

/**
 * Returns the seconds until the last message is out; null: it cannot be said. speed: messages a second of the last
 * minute; null or 0: nothing has been sent yet, so the rate that was chosen counts.
 */
export function secondsLeft(pending: number, rate: number, speed: number | null): number | null {
  const real = speed || rate;
  return pending > 0 && real > 0 ? pending / real : null;
}

function peopleOf(counts: Counts): number {
  return Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);
}
