import { expect, test } from "vitest";
import { change, nineOfTen } from "./figures";

test.each([
  [{}, null],
  [{ "30": 10 }, 30],
  [{ longer: 1, "60": 8, "30": 1 }, 60],
  [{ "30": 1, longer: 1 }, Number.POSITIVE_INFINITY],
])("nine of ten answers of %o", (classes, expected) => {
  expect(nineOfTen(classes as Record<string, number>)).toBe(expected);
});

test("a change is a share of what was before", () => {
  expect(change(3, 2)).toBe(0.5);
  expect(change(3, 0)).toBeNull();
});
