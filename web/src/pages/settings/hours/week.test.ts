import { expect, test } from "vitest";
import { dayName, problemOf, spanOf, weekSpans } from "./week";

test.each([
  [["09:00-12:00", "13:00-17:00"], null],
  [["13:00-17:00", "09:00-13:00"], null],
  [["09:00-24:00"], null],
  [["09:00-"], "incomplete"],
  [["17:00-09:00"], "backwards"],
  [["09:00-13:00", "12:00-17:00"], "overlap"],
])("the problem of %j is %s", (spans, problem) => {
  expect(problemOf(spans)).toBe(problem);
});

test("midnight ends a day", () => {
  expect(spanOf("18:00", "00:00")).toBe("18:00-24:00");
});

test("days have names in each language", () => {
  expect([dayName("mon", "en"), dayName("sun", "es")]).toEqual(["Monday", "domingo"]);
});

test("a week is told day by day, and one without hours is always open", () => {
  const words = { always: "Always open", closed: "Closed" };
  expect(weekSpans(null, words, "en")).toBe("Always open");
  const lines = weekSpans({ mon: ["09:00-12:00", "13:00-17:00"], tue: [] }, words, "en").split("\n");
  expect(lines.slice(0, 3)).toEqual([
    "Monday: 09:00-12:00, 13:00-17:00",
    "Tuesday: Closed",
    "Wednesday: Closed",
  ]);
});
