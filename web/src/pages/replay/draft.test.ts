import { describe, expect, test } from "vitest";
import { changesOf, faqsOfTable, isEmpty, NOTHING, proposedLimit } from "./draft";

const BOT = { mode: "hybrid", system_prompt: "Be kind.", fast_model: "a", smart_model: "b" };
const FAQS = [{ question: "When?", answer: "At 9.", variants: [] }];

describe("changesOf", () => {
  test("has only what differs", () => {
    const draft = { ...NOTHING, bot: { system_prompt: "Be short.", mode: "hybrid" }, faqs: [...FAQS] };
    expect(changesOf(draft, BOT, FAQS)).toEqual({
      bot: { system_prompt: "Be short." },
      faqs: null,
      flows: {},
    });
  });

  test("has all FAQs if one differs", () => {
    const faqs = [{ question: "When?", answer: "At 10.", variants: [] }];
    expect(changesOf({ ...NOTHING, faqs }, BOT, FAQS).faqs).toEqual(faqs);
  });

  test("leaves out FAQs that are being written, and the threshold that is as it was", () => {
    const faqs = [{ question: "New?", answer: " ", variants: [""] }, ...FAQS];
    const draft = { ...NOTHING, bot: { faq_threshold: undefined }, faqs };
    expect(isEmpty(changesOf(draft, BOT, FAQS))).toBe(true);
    expect(changesOf({ ...NOTHING, bot: { faq_threshold: 0.9 } }, BOT, FAQS).bot).toEqual({
      faq_threshold: 0.9,
    });
  });

  test("knows that nothing is changed", () => {
    expect(isEmpty(changesOf(NOTHING, BOT, FAQS))).toBe(true);
    expect(isEmpty(changesOf({ ...NOTHING, flows: { lead: "flow: lead" } }, BOT, FAQS))).toBe(false);
  });
});

describe("faqsOfTable", () => {
  test("reads columns by their names, and takes the guard against formulas off", () => {
    const rows = [
      ["Answer", "Question", "Variants"],
      ["'=9", "When?", "open?\nhours"],
      ["", "No answer", ""],
    ];
    expect(faqsOfTable(rows)).toEqual([{ question: "When?", answer: "=9", variants: ["open?", "hours"] }]);
  });

  test("needs both columns", () => {
    expect(faqsOfTable([["question"], ["When?"]])).toBeNull();
  });
});

test("the proposed limit is twice the estimate, within bounds", () => {
  expect([0, 0.3, 1000].map(proposedLimit)).toEqual([0.5, 0.6, 50]);
});
