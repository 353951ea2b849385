import { expect, test } from "vitest";
import { finishedShare, olderRuns, totalRunning } from "./figures";

test("conversations in older versions are told apart", () => {
  const flow = { version: "b", running: { a: 2, b: 5 } };
  expect(totalRunning(flow)).toBe(7);
  expect(olderRuns(flow)).toBe(2);
  expect(olderRuns({ version: null, running: { a: 2 } })).toBe(2);
});

test("without runs there is no share", () => {
  expect(finishedShare({ ended: 0, finished: 0 })).toBeNull();
  expect(finishedShare({ ended: 8, finished: 6 })).toBe(0.75);
});
