import { expect, test } from "vitest";
import { nextLook } from "./polling";

test("what takes a moment is looked at each second, and what takes hours once a minute", () => {
  expect([0, 1, 15].map(nextLook)).toEqual([1_000, 1_000, 1_000]);
  let [looks, waited] = [0, 0];
  while (waited < 3_600_000) waited += nextLook(looks++);
  expect(looks).toBeLessThan(90);
  expect(nextLook(looks)).toBe(60_000);
});
