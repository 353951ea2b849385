import { expect, test } from "vitest";
import { compare, linesOfDiff } from "./lines";

const shown = (lines: { kind: string; text: string }[]) =>
  lines.map(({ kind, text }) => ({ same: " ", old: "-", new: "+", gap: "…" })[kind] + text);

test("a unified diff is read line by line", () => {
  const diff = "--- a\n+++ draft\n@@ -1,2 +1,2 @@\n flow: a\n-x: 1\n+x: 2";
  expect(shown(linesOfDiff(diff))).toEqual(["…", " flow: a", "-x: 1", "+x: 2"]);
  expect(linesOfDiff("")).toEqual([]);
});

test("texts are compared by lines, and what is the same far away is left out", () => {
  const lines = Array.from({ length: 20 }, (_, place) => `line ${place}`);
  const other = lines.with(10, "changed").toSpliced(11, 0, "added");
  expect(shown(compare(lines.join("\n"), other.join("\n")))).toEqual([
    "…",
    " line 7",
    " line 8",
    " line 9",
    "-line 10",
    "+changed",
    "+added",
    " line 11",
    " line 12",
    " line 13",
    "…",
  ]);
});

test("equal texts have no lines; line ends do not matter", () => {
  expect(compare("a\nb", "a\r\nb")).toEqual([]);
});
