import { expect, test } from "vitest";
import { toggled } from "./selection";

const ORDER = ["a", "b", "c", "d"];

test("a click selects a row, another takes it away", () => {
  const once = toggled(new Set(), "b", "", ORDER, 10);
  expect([...once]).toEqual(["b"]);
  expect([...toggled(once, "b", "b", ORDER, 10)]).toEqual([]);
});

test("Shift selects all rows between two, in either direction", () => {
  expect([...toggled(new Set(["c"]), "a", "c", ORDER, 10)].sort()).toEqual(["a", "b", "c"]);
});

test("no more than the most are selected", () => {
  expect(toggled(new Set(["a"]), "d", "a", ORDER, 3).size).toBe(3);
});
