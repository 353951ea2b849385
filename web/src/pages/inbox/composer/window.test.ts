import { expect, test } from "vitest";
import { en } from "../../../texts/en";
import { timeLeft, windowOf } from "./window";

const END = "2026-03-29T10:00:00Z";
const AT = Date.parse(END);

test.each([
  ["a second before its end", AT - 1_000, true],
  ["at its end", AT, false],
  ["a second after its end", AT + 1_000, false],
])("the window is open or closed %s", (_, now, open) => expect(windowOf(END, now).open).toBe(open));

test("a customer who never wrote has no window", () => {
  expect(windowOf(null, AT)).toEqual({ open: false, left: null });
});

test.each([
  [23 * 3_600_000 + 5 * 60_000, "23 h 5 min"],
  [59 * 60_000, "59 min"],
  [119_000, "119 s"],
  [900, "1 s"],
])("%i ms are %s", (left, words) => expect(timeLeft(left, en)).toBe(words));
