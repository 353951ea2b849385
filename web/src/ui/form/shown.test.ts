import { expect, test } from "vitest";
import type { Field } from "./fields";
import { shownValue } from "./shown";

const WORDS = { none: "none", yes: "yes", no: "no" };
const options = [
  { value: "ai", label: "AI answers" },
  { value: "faq", label: "FAQ only" },
];
const FIELDS: Field[] = [
  { path: "mode", label: "Mode", kind: "choice", options },
  { path: "tools", label: "Tools", kind: "checks", options },
  { path: "zone", label: "Zone", kind: "select", options: [], none: "As the business" },
  { path: "threshold", label: "Threshold", kind: "number", scale: 0.01, unit: "%", automatic: "Automatic" },
  { path: "limits.customers", label: "Customers", kind: "number", automatic: "As the plan" },
  {
    path: "hours",
    label: "Hours",
    kind: "custom",
    render: () => null,
    shown: (value, day, week) =>
      week === null ? "Always open" : value === null ? `closed on ${day}` : undefined,
  },
];

test.each([
  ["mode", "ai", "AI answers"],
  ["bot.mode", "ai", "AI answers"],
  ["tools", ["ai", "faq", "other"], "AI answers\nFAQ only\nother"],
  ["tools", [], "none"],
  ["zone", "", "As the business"],
  ["threshold", 0.82, "82 %"],
  ["threshold", null, "Automatic"],
  ["limits.customers", null, "As the plan"],
  ["limits.customers", 500, "500"],
  ["hours", null, "Always open"],
  ["hours.mon", null, "closed on mon"],
  ["hours", { mon: ["09:00-17:00", "18:00-20:00"], sun: [] }, "mon: 09:00-17:00, 18:00-20:00"],
  ["unknown", null, "none"],
  ["unknown", true, "yes"],
])("%s with %j is shown as %j", (path, value, shown) => {
  expect(shownValue(path, value, FIELDS, WORDS)).toBe(shown);
});

test("a place within a value is shown by the whole value", () => {
  expect(shownValue("hours.mon", null, FIELDS, WORDS, () => null)).toBe("Always open");
});
