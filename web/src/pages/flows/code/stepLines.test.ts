import { expect, test } from "vitest";
import { lineOf, stepAt, stepLines } from "./stepLines";

const TEXT = `flow: table
triggers:
  keywords: [a]
steps:
  # greets
  hello: "Hi"

  text: |
    steps:
      not: one
  "two words":
    ask: "Why: because?"
    options:
      Yes: hello
variables:
  count: 0
`;

test("steps are found by their indent, below `steps` alone", () => {
  expect(stepLines(TEXT)).toEqual([
    { name: "hello", line: 6 },
    { name: "text", line: 8 },
    { name: "two words", line: 11 },
  ]);
});

test("steps are found while a line is unfinished, and with Windows line ends", () => {
  const broken = TEXT.replace('"Hi"', '"Hi').replaceAll("\n", "\r\n");
  expect(stepLines(broken).map((one) => one.name)).toEqual(["hello", "text", "two words"]);
});

test("a line belongs to the step above it", () => {
  const steps = stepLines(TEXT);
  expect([1, 5, 6, 10, 13].map((line) => stepAt(steps, line))).toEqual([
    "",
    "",
    "hello",
    "text",
    "two words",
  ]);
  expect([lineOf(steps, ""), lineOf(steps, "text"), lineOf(steps, "gone")]).toEqual([1, 8, null]);
});
