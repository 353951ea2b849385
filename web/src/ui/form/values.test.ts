import { expect, test } from "vitest";
import { changedPaths, isSame, patchOf, undoPatch, valueAt } from "./values";

const stored = {
  history: 10,
  limits: { customers: null, messages: 5 },
  hours: { mon: ["09:00-17:00"], tue: [] },
};

test("a draft becomes a patch of what differs", () => {
  const draft = { history: 10, "limits.customers": 20, hours: { mon: ["10:00-12:00"] } };
  expect(changedPaths(stored, draft)).toEqual(["limits.customers", "hours"]);
  expect(patchOf(stored, draft)).toEqual({
    limits: { customers: 20 },
    hours: { tue: null, mon: ["10:00-12:00"] },
  });
});

test("a value that is removed becomes the default", () => {
  expect(patchOf(stored, { hours: null })).toEqual({ hours: null });
  expect(patchOf({ hours: null }, { hours: { mon: [] } })).toEqual({ hours: { mon: [] } });
});

test("an undone change names the fields that were added", () => {
  expect(
    undoPatch({ history: [10, 12], away: [null, "Closed"], hours: [{ mon: [] }, { mon: [], sun: [] }] }),
  ).toEqual({
    history: 10,
    away: null,
    hours: { sun: null, mon: [] },
  });
});

test("values are compared without the order of fields", () => {
  expect(isSame({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
  expect(isSame([1, 2], [2, 1])).toBe(false);
  expect(isSame(undefined, null)).toBe(true);
  expect(valueAt(stored, "limits.nothing.deep")).toBeUndefined();
});
