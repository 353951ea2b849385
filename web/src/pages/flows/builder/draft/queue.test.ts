import { expect, test } from "vitest";
import { afterRefusal, effective, type Work } from "./queue";

/** `a`…: an edit, `<`: undo, `>`: redo. */
const works = (signs: string): Work[] =>
  [...signs].map((sign, key): Work => {
    if (sign === "<" || sign === ">") return { key: String(key), kind: sign === "<" ? "undo" : "redo" };
    return { key: String(key), kind: "ops", ops: [{ op: "set", path: [sign], value: 1 }] };
  });

const shown = (queue: readonly Work[]) =>
  queue
    .map((work) => (work.kind === "ops" ? (work.ops[0] as { path: string[] }).path[0] : work.kind[0]))
    .join("");

test.each([
  ["ab", "ab"],
  ["ab<", "a"],
  ["ab<<", ""],
  ["ab<<>", "a"],
  ["ab<c>", "ac"],
  ["<a", "a"],
  ["a<<>", ""],
  ["a<<>>", "a"],
])("of %s counts %s", (signs, wanted) => {
  expect(
    effective(works(signs))
      .map((one) => (one as { path: string[] }).path[0])
      .join(""),
  ).toBe(wanted);
});

test.each([
  ["", ""],
  ["<", ""],
  ["<>", ""],
  ["<<", "u"],
  ["b<", "bu"],
  ["b<<", "bu"],
  ["<b<", "bu"],
  ["<<>>", "ur"],
])("after a refusal %s becomes %s", (signs, wanted) => {
  expect(shown(afterRefusal(works(signs)))).toBe(wanted);
});
