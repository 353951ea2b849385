import { expect, test } from "vitest";
import { tierLimit } from "./tier";

test.each([
  ["TIER_50", 50],
  ["TIER_250", 250],
  ["TIER_1K", 1_000],
  ["TIER_100K", 100_000],
  ["TIER_UNLIMITED", null],
  ["", null],
])("a number of %s may write to %s people a day", (word, limit) => {
  expect(tierLimit(word)).toBe(limit);
});
