import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readAhead, readOnce } from "./ahead";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a request that was begun is not sent again, and its answer is for one reader", async () => {
  const ahead = vi.fn(async () => "ahead");
  const late = vi.fn(async () => "late");
  readAhead("one", ahead);
  readAhead("one", ahead);
  expect(await readOnce("one", late)).toBe("ahead");
  expect(await readOnce("one", late)).toBe("late");
  expect(ahead).toHaveBeenCalledTimes(1);
});

test("an answer that may be old is not taken", async () => {
  readAhead("two", async () => "ahead");
  vi.advanceTimersByTime(10_001);
  expect(await readOnce("two", async () => "late")).toBe("late");
});

test("an error is for the reader, and a second read is another request", async () => {
  readAhead("three", async () => {
    throw new Error("away");
  });
  await expect(readOnce("three", async () => "late")).rejects.toThrow("away");
  expect(await readOnce("three", async () => "late")).toBe("late");
});
