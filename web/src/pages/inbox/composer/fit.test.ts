import { expect, test } from "vitest";
import { lengthOf, limitOf, messagesOf } from "./fit";

// The counts are those of shared/text/splitting.py.
test.each([
  ["", 4096, 0],
  ["hello", 4096, 1],
  ["a".repeat(4096), 4096, 1],
  ["a".repeat(4097), 4096, 2],
  ["word ".repeat(1_000), 1600, 4],
  [`${"x".repeat(1_000)}\n\n${"y".repeat(1_000)}`, 1600, 2],
  ["👍".repeat(1_600), 1600, 1],
])("a text goes out as so many messages (%#)", (text, limit, parts) => {
  expect(messagesOf(text, limit)).toBe(parts);
});

test("characters are code points, and Twilio takes fewer", () => {
  expect(lengthOf("👍a")).toBe(2);
  expect(limitOf("twilio")).toBe(1600);
});
