import { expect, test } from "vitest";
import { funnelOf, progressOf, secondsLeft } from "./counts";

test("a message that was read has also been delivered and sent", () => {
  const counts = {
    pending: 1,
    queued: 0,
    sent: 2,
    delivered: 3,
    read: 4,
    failed: 5,
    skipped: 6,
    cancelled: 0,
  };
  expect(funnelOf(counts).map(({ count }) => count)).toEqual([21, 9, 7, 4, 5]);
});

test("those who get nothing are done, too", () => {
  expect(progressOf({ pending: 2, queued: 1, sent: 3, skipped: 4 })).toEqual({ finished: 7, total: 10 });
});

test.each([
  [100, 10, 2, 50],
  [100, 10, 0, 10],
  [100, 10, null, 10],
  [0, 10, 2, null],
])("%d messages at a rate of %d and a speed of %d take %d seconds", (pending, rate, speed, seconds) => {
  expect(secondsLeft(pending, rate, speed)).toBe(seconds);
});
