import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useConversation } from "./useConversation";
import { useTimeline } from "./useTimeline";

const { asked, listeners, shown } = vi.hoisted(() => ({
  /** Paths that were asked for. */
  asked: [] as string[],
  listeners: new Set<(frame: object) => void>(),
  shown: { entries: [] as object[] },
}));

const row = (turn: number, more: object = {}) => ({
  ...{ id: "c1", version: turn, turn, mode: "human", assigned_to: "ann", flow: "", labels: [] },
  ...{ snoozed_until: null, preview: { author: "customer", text: "Hi", at: at(turn), failed: false } },
  ...more,
});
const at = (turn: number) => new Date(1_800_000_000_000 + turn * 60_000).toISOString();
const message = (turn: number, author = "customer") => ({
  ...{ id: `m${turn}`, kind: "message", position: `${turn}.0`, turn, index: 0, author, at: at(turn) },
});

vi.mock("../../../live/LiveProvider", () => {
  const listen = (one: (frame: object) => void) => {
    listeners.add(one);
    return () => listeners.delete(one);
  };
  return { useLive: () => ({ listen }) };
});
vi.mock("../../../api/client", () => ({
  answer: (request: Promise<unknown>) => request,
  api: {
    GET: async (path: string) => {
      const isTimeline = path.endsWith("/messages");
      asked.push(isTimeline ? "timeline" : "details");
      return isTimeline
        ? { entries: shown.entries, before: null, after: null, archived: false, archived_before: null }
        : { row: row(1), draft: null };
    },
  },
}));

const tell = (frame: object) => act(async () => listeners.forEach((one) => void one(frame)));
const rowFrame = (one: object) => tell({ type: "conversation:changed", data: { rows: [one] } });
const messageFrame = (one: object) =>
  tell({ type: "message:new", data: { conversation: "c1", message: one } });
const wait = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

beforeEach(async () => {
  vi.useFakeTimers();
  shown.entries = [message(1)];
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  renderHook(() => [useConversation("acme", "c1"), useTimeline("acme", "c1", null)], { wrapper });
  await wait(0);
  await rowFrame(row(1));
  await wait(10_000);
  asked.length = 0;
});
afterEach(() => void vi.useRealTimers());

test("what frames carry is not fetched again", async () => {
  for (const turn of [2, 3, 4]) {
    await rowFrame(row(turn));
    await messageFrame(message(turn));
    await messageFrame({ ...message(turn, "faq"), id: `o${turn}`, position: `${turn}.1`, index: 1 });
    await wait(5_000);
  }
  expect(asked).toEqual([]);
});

test("a change of the conversation's state is fetched, for its line and its details", async () => {
  await rowFrame(row(1, { version: 2, assigned_to: "ben" }));
  await wait(5_000);
  expect(asked.sort()).toEqual(["details", "timeline"]);
});

test("last words whose own frame does not come are fetched", async () => {
  await rowFrame(row(1, { preview: { author: "flow", text: "Held", at: at(2), failed: false } }));
  expect(asked).toEqual([]);
  shown.entries = [message(1), { ...message(2, "flow"), position: "1.1" }];
  await wait(1_000);
  expect(asked).toEqual(["timeline"]);
});

test("details of a conversation of the bot are fetched for many changes at once", async () => {
  await rowFrame(row(1, { mode: "bot", assigned_to: "" }));
  await wait(10_000);
  asked.length = 0;
  for (let turn = 2; turn < 12; turn++) {
    await messageFrame(message(turn));
    await rowFrame(row(turn, { mode: "bot", assigned_to: "" }));
    await wait(200);
  }
  await wait(10_000);
  expect(asked).toEqual(["details", "details"]);
});
