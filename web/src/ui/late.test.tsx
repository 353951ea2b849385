import { act, render, screen } from "@testing-library/react";
import { Suspense } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { late, loadLate } from "./late";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const Notice = () => <p>Not saved</p>;

test("what cannot be loaded without a network comes when it is back, and the page stays", async () => {
  const load = vi.fn(async () => Notice);
  load.mockRejectedValueOnce(new TypeError("Failed to fetch dynamically imported module"));
  const Late = late(load);
  render(
    <>
      <p>A page</p>
      <Suspense>
        <Late />
      </Suspense>
    </>,
  );
  await act(() => vi.advanceTimersByTimeAsync(2_000));
  expect(screen.getByText("A page")).toBeVisible();
  expect(screen.queryByText("Not saved")).toBeNull();
  await act(() => vi.advanceTimersByTimeAsync(2_000));
  expect(screen.getByText("Not saved")).toBeVisible();
  expect(load).toHaveBeenCalledTimes(2);
});

test("loading ahead loads all, whatever cannot be had", async () => {
  const loads = [vi.fn(() => Promise.reject(new Error("away"))), vi.fn(async () => Notice)];
  for (const load of loads) late(load);
  await loadLate();
  for (const load of loads) expect(load).toHaveBeenCalledOnce();
});
