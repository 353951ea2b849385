import { expect, test } from "vitest";
import { firstViewport } from "./viewport";

const node = (x: number, y: number) => ({ position: { x, y }, width: 200, height: 100 });

test("a small flow is shown as a whole, in the middle", () => {
  const { x, y, zoom } = firstViewport([node(0, 0), node(0, 300)], 1000, 800);
  expect([x, y, zoom]).toEqual([400, 158, 1]);
});

test("a long flow is shown from its start, large enough to read", () => {
  const { x, y, zoom } = firstViewport([node(100, 0), node(100, 9_000)], 1000, 800);
  expect([x, y, zoom]).toEqual([340, 40, 0.8]);
});
