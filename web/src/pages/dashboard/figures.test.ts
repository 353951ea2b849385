import { expect, test } from "vitest";
import type { Schemas } from "../../api/client";
import { change, figuresOf } from "./figures";

const summary: Schemas["Summary"] = {
  since: "2026-03-14T00:00:00Z",
  until: "2026-03-15T00:00:00Z",
  conversations: 7,
  new_customers: 2,
  received: { faq: 20 },
  sent: { faq: 9, flow: 4, ai: 3, agent: 2, system: 1, broadcast: 50 },
  delivered: {},
  read: {},
  failed: { "131047": 1, unknown: 2 },
  handed_off: 0,
  taken: 0,
  returned: 0,
  closed: 0,
  reopened: 0,
  first_answers: { answers: 10, seconds: 9000, classes: { "30": 6, "60": 3, longer: 1 } },
  ai_answers: {},
  ai_usd: { one: "1.50", other: "0.25" },
  orders: { EUR: 1, USD: 2 },
  order_totals: {},
};

test("each author of answers has a figure, and one slow answer does not hide that most were quick", () => {
  expect(figuresOf(summary)).toEqual({
    conversations: 7,
    newCustomers: 2,
    answers: { faq: 9, flow: 4, ai: 3, agent: 2 },
    failed: 3,
    median: 30,
    nineOfTen: 60,
    usd: 1.75,
    orders: 3,
  });
});

test("a change is a share of what was before", () => {
  expect(change(3, 2)).toBe(0.5);
  expect(change(3, 0)).toBeNull();
});
