import { expect, test } from "vitest";
import { better, difference, wilson } from "./difference";

// The first is an example of Newcombe, Statistics in Medicine 17 (1998), method 10.
test.each([
  [{ hits: 48, of: 80 }, { hits: 56, of: 70 }, 0.0524, 0.3339],
  [{ hits: 0, of: 20 }, { hits: 0, of: 20 }, -0.1611, 0.1611],
  [{ hits: 51, of: 51 }, { hits: 27, of: 29 }, -0.22, 0.02],
])("the difference of %j and %j lies between %d and %d", (a, b, low, high) => {
  const found = difference(a, b);
  expect(found?.low).toBeCloseTo(low, 2);
  expect(found?.high).toBeCloseTo(high, 2);
});

test("a share of all or of nothing has an interval of its own", () => {
  expect(wilson({ hits: 0, of: 20 })[0]).toBe(0);
  expect(wilson({ hits: 20, of: 20 })[1]).toBe(1);
  expect(wilson({ hits: 81, of: 263 }).map((one) => one.toFixed(4))).toEqual(["0.2553", "0.3662"]);
});

test("which one is better is said only when chance hardly explains it", () => {
  const far = difference({ hits: 100, of: 500 }, { hits: 200, of: 500 });
  const near = difference({ hits: 100, of: 500 }, { hits: 110, of: 500 });
  expect([far && better(far), near && better(near)]).toEqual(["B", null]);
  expect(difference({ hits: 19, of: 19 }, { hits: 0, of: 500 })).toBeNull();
});
