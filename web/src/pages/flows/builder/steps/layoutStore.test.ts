import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LayoutStore } from "./layoutStore";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("places that could not be loaded are not stored over, but loaded again", async () => {
  const load = vi.fn(async () => ({
    positions: { ask: [10, 20], end: [30, 40] } as Record<string, [number, number]>,
    collapsed: ["group"],
  }));
  load.mockRejectedValueOnce(new Error("away"));
  const save = vi.fn(async (_: unknown) => {});
  const store = new LayoutStore(load, save);
  await store.start();
  expect(store.loaded).toBe(true);
  store.known(["ask", "end"]);
  const by = (x: number, y: number) => ({ x, y });
  store.place(
    new Map([
      ["ask", by(0, 0)],
      ["end", by(0, 90)],
    ]),
  );
  store.move(new Map([["end", by(5, 95)]]));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(save).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(store.at("ask")).toEqual(by(10, 20));
  expect(save).toHaveBeenCalledExactlyOnceWith({
    positions: { ask: [10, 20], end: [5, 95] },
    collapsed: ["group"],
  });
});
