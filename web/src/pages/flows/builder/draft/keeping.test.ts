import { expect, test } from "vitest";
import { keeping } from "./keeping";

const copy = <Value>(value: Value): Value => structuredClone(value);

test("equal values are the old ones, and of others the equal parts", () => {
  const old = { a: { x: [1, { y: 2 }] }, b: { z: null }, c: "text" };
  expect(keeping(old, copy(old))).toBe(old);
  const next = keeping(old, { ...copy(old), b: { z: 3 as number | null } });
  expect(next).toEqual({ ...old, b: { z: 3 } });
  expect(next.a).toBe(old.a);
  const longer = keeping(old.a.x, [1, { y: 2 }, 3]);
  expect(longer).toEqual([1, { y: 2 }, 3]);
  expect(longer[1]).toBe(old.a.x[1]);
});

test("other kinds, and another order of keys, are other values", () => {
  const old = { a: 1, b: { c: 2 } };
  const turned = { b: { c: 2 }, a: 1 };
  expect(Object.keys(keeping(old, turned))).toEqual(["b", "a"]);
  expect(keeping(old, turned).b).toBe(old.b);
  expect(keeping({ a: 1, b: undefined }, { a: 1 })).toEqual({ a: 1 });
  expect(keeping([], {})).toEqual({});
  expect(keeping({ a: 1 }, null)).toBeNull();
});
