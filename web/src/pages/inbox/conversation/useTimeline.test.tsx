import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { ProblemError } from "../../../api/problem";
import { useTimeline } from "./useTimeline";

type Asked = {
  query: Record<string, unknown>;
  answer: (page: object) => void;
  refuse: (error: Error) => void;
};
const { asked } = vi.hoisted(() => ({ asked: [] as Asked[] }));

vi.mock("../../../live/LiveProvider", () => ({ useLive: () => ({ listen: () => () => {} }) }));
vi.mock("../../../api/client", () => ({
  answer: (request: Promise<unknown>) => request,
  api: {
    GET: (_: string, { params }: { params: { query: Record<string, unknown> } }) =>
      new Promise((answer, refuse) => asked.push({ query: params.query, answer, refuse })),
  },
}));

const page = (turns: number[], before: string | null, after: string | null) => ({
  entries: turns.map((turn) => ({ id: `m${turn}`, kind: "message", position: `${turn}.0`, turn, at: "" })),
  ...{ before, after, archived: false, archived_before: null },
});

async function opened() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const { result } = renderHook(() => useTimeline("acme", "c1", null), { wrapper });
  await waitFor(() => expect(asked).toHaveLength(1));
  asked[0]?.answer(page([90, 91], "90.0", null));
  await waitFor(() => expect(result.current.query.data?.entries).toHaveLength(2));
  return result;
}

const turns = (result: Awaited<ReturnType<typeof opened>>) =>
  result.current.query.data?.entries.map((one) => one.turn);

beforeEach(() => {
  asked.length = 0;
});

test("a page of older messages does not join a timeline that was replaced meanwhile", async () => {
  const result = await opened();
  act(() => void result.current.load("older"));
  act(() => void result.current.jump({ time: "2026-01-01T00:00:00Z" }));
  await act(async () => asked[2]?.answer(page([10, 11], "10.0", "11.0")));
  await act(async () => asked[1]?.answer(page([80, 81], "80.0", null)));
  expect(turns(result)).toEqual([10, 11]);
  expect(result.current.query.data).toMatchObject({ before: "10.0", after: "11.0" });
});

test("the last of two jumps decides what is shown", async () => {
  const result = await opened();
  const places: unknown[] = [];
  act(() => void result.current.jump({ position: "10.0" }).then((place) => places.push(place)));
  act(() => void result.current.jump({ position: "50.0" }).then((place) => places.push(place)));
  await act(async () => asked[2]?.answer(page([50, 51], "50.0", "51.0")));
  await act(async () => asked[1]?.answer(page([10, 11], "10.0", "11.0")));
  expect(turns(result)).toEqual([50, 51]);
  expect(places).toEqual(["50.0", undefined]);
  expect(result.current.busy).toBeNull();
});

test("a page that could not be fetched says which one, until it is asked for again", async () => {
  const result = await opened();
  act(() => void result.current.load("older"));
  await act(async () => asked[1]?.refuse(new ProblemError(503, { type: "/away" })));
  expect(result.current.failed).toMatchObject({ side: "older" });
  act(() => void result.current.load("older"));
  expect(result.current.failed).toBeNull();
});
