import type { Schemas } from "../../api/client";
import { percentile, sum, total } from "../analytics/numbers";

type Summary = Schemas["Summary"];

/** The authors of answers, each with a figure of its own. */
export const AUTHORS = ["faq", "flow", "ai", "agent"] as const;

/**
 * The figures of a period that the dashboard shows. median, nineOfTen: seconds within which so many customers got a
 * person's first answer; null: nobody did. newCustomers: null for members who see a part of the conversations.
 */
export type Figures = {
  conversations: number;
  newCustomers: number | null;
  answers: Record<(typeof AUTHORS)[number], number>;
  failed: number;
  median: number | null;
  nineOfTen: number | null;
  usd: number;
  orders: number;
};

export function figuresOf(summary: Summary): Figures {
  const { faq = 0, flow = 0, ai = 0, agent = 0 } = summary.sent;
  return {
    conversations: summary.conversations ?? 0,
    newCustomers: summary.new_customers,
    answers: { faq, flow, ai, agent },
    failed: sum(summary.failed),
    median: percentile(summary.first_answers.classes, 0.5),
    nineOfTen: percentile(summary.first_answers.classes, 0.9),
    usd: total(summary.ai_usd),
    orders: sum(summary.orders),
  };
}

/** Returns the change as a share, such as 0.5 for half as much again; null if there was nothing to compare with. */
export function change(now: number, before: number): number | null {
  return before === 0 ? null : (now - before) / before;
}
