import type { Schemas } from "../../api/client";

type Summary = Schemas["Summary"];
const BOTS = ["faq", "flow", "ai"];

/** The figures of a period that the dashboard shows. */
export type Figures = {
  received: number;
  byBot: number;
  byPeople: number;
  failed: number;
  firstAnswer: number | null;
  nineOfTen: number | null;
  usd: number;
  orders: number;
};

export function figuresOf(summary: Summary): Figures {
  return {
    received: sum(summary.received),
    byBot: BOTS.reduce((all, author) => all + (summary.sent[author] ?? 0), 0),
    byPeople: summary.sent.agent ?? 0,
    failed: sum(summary.failed),
    firstAnswer: summary.first_answers.seconds,
    nineOfTen: nineOfTen(summary.first_answers.classes),
    usd: Object.values(summary.ai_usd).reduce((all, amount) => all + Number(amount), 0),
    orders: sum(summary.orders),
  };
}

/** Returns the seconds within which nine of ten customers got an answer; Infinity: longer than the last class. */
export function nineOfTen(classes: Record<string, number>): number | null {
  const all = sum(classes);
  if (all === 0) return null;
  const bounds = Object.entries(classes)
    .map(([bound, count]) => [bound === "longer" ? Number.POSITIVE_INFINITY : Number(bound), count] as const)
    .sort(([a], [b]) => a - b);
  let reached = 0;
  for (const [bound, count] of bounds) {
    reached += count;
    if (reached >= all * 0.9) return bound;
  }
  return Number.POSITIVE_INFINITY;
}

/** Returns the change as a share, such as 0.5 for half as much again; null if there was nothing to compare with. */
export function change(now: number, before: number): number | null {
  return before === 0 ? null : (now - before) / before;
}

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, one) => all + one, 0);
