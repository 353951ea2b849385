import { expect, test } from "vitest";
import { dayName, problemOf, spanOf } from "./week";

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
