import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Refresh } from "./refresh";
import { FreshRows } from "./rows";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Calls `counts` at these seconds and returns the seconds at which counts are fetched. */
async function fetchedAfter(changes: readonly number[], until: number): Promise<number[]> {
  const client = new QueryClient();
  const refresh = new Refresh(client, "acme", new FreshRows());
  const fetched: number[] = [];
  const begin = Date.now();
  client.invalidateQueries = async () => void fetched.push(Math.floor((Date.now() - begin) / 1000));
  for (const second of changes) setTimeout(() => refresh.counts(), second * 1000);
  await vi.advanceTimersByTimeAsync(until * 1000);
  refresh.stop();
  return fetched;
}

test("counts are fetched at a change and five seconds later, as the first ones may be older", async () => {
  expect(await fetchedAfter([0], 60)).toEqual([0, 5]);
});

test("counts are fetched every five seconds while there are changes, and once after the last one", async () => {
  expect(await fetchedAfter([0, 1, 4, 6, 14], 60)).toEqual([0, 5, 10, 15, 20]);
});

test("a list with four pages is fetched anew every twenty seconds: all its pages are asked for each time", async () => {
  const client = new QueryClient();
  const refresh = new Refresh(client, "acme", new FreshRows());
  const asked: number[] = [];
  const begin = Date.now();
  const queryKey = ["acme", "orders", {}];
  client.setQueryData(queryKey, { pages: [1, 2, 3, 4], pageParams: [0, 1, 2, 3] });
  const list = new InfiniteQueryObserver(client, {
    queryKey,
    initialPageParam: 0,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ pageParam }) => {
      asked.push(Math.floor((Date.now() - begin) / 1000));
      return pageParam + 1;
    },
    getNextPageParam: (last) => (last < 4 ? last : undefined),
  });
  const end = list.subscribe(() => {});
  for (let second = 0; second < 60; second++) setTimeout(() => refresh.changed("orders"), second * 1000);
  await vi.advanceTimersByTimeAsync(60_000);
  end();
  refresh.stop();
  expect(asked).toEqual([0, 20, 40].flatMap((second) => [second, second, second, second]));
});
