import { expect, test } from "vitest";
import { testsOf, withTest } from "./testText";

const TWO = `tests:
  # about tables
  - name: a table for four   # usual
    talk:
      - hear: table
  - name: "says \\"hi\\""
    talk:
      - hear: hi
`;
const MADE = "tests:\n  - name: third\n    talk:\n      - hear: x\n";

test("tests are found by their names", () => {
  expect(testsOf(TWO)).toEqual([
    { name: "a table for four", line: 3 },
    { name: 'says "hi"', line: 6 },
  ]);
});

test("a test is added behind the others, which stay as they are", () => {
  expect(withTest(TWO, MADE)).toBe(`${TWO}  - name: third\n    talk:\n      - hear: x\n`);
  expect(withTest("", MADE)).toBe(MADE);
  expect(withTest("tests: []\n", MADE)).toBe(MADE);
  expect(withTest("tests:\n- name: one\n  talk: []\n", MADE)).toBe(
    "tests:\n- name: one\n  talk: []\n- name: third\n  talk:\n    - hear: x\n",
  );
});
