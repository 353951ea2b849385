import { expect, test } from "vitest";
import { funnelOf } from "./Funnel";

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
