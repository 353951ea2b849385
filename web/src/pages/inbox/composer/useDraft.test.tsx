import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useDraft } from "./useDraft";

beforeEach(() => {
  localStorage.clear();
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

test.each([
  ["refused", 403, 1],
  ["not answered for a while", 503, 4],
])("a draft that is %s is sent as often as it may help", async (_, status, times) => {
  let sent = 0;
  vi.stubGlobal("fetch", async () => {
    sent++;
    return Response.json({ type: "/problems/some", title: "No" }, { status });
  });
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const where = { workspace: "acme", person: "ann", conversation: "c1" };
  const { result } = renderHook(() => useDraft(where, null), { wrapper });
  act(() => result.current.change("Hello"));
  await act(() => vi.advanceTimersByTimeAsync(800));
  await act(() => vi.advanceTimersByTimeAsync(30_500));
  expect(sent).toBe(times);
  expect(result.current.local.draft()?.text).toBe("Hello");
});

test("a note is stored with the draft, apart from the answer, and is there again", async () => {
  const bodies: Record<string, unknown>[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    bodies.push(await request.json());
    return Response.json({});
  });
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const where = { workspace: "acme", person: "ann", conversation: "c1" };
  const { result } = renderHook(() => useDraft(where, null), { wrapper });
  act(() => result.current.change("Hello"));
  act(() => result.current.note.change("She is angry"));
  await act(() => vi.advanceTimersByTimeAsync(800));
  expect(bodies).toMatchObject([{ text: "Hello", note: "She is angry" }]);
  expect(result.current.note).toMatchObject({ text: "She is angry", state: "stored" });
  expect(localStorage).toHaveLength(0);

  const stored = { text: "", template: null, reply_to: "", intent: "", note: "She is angry", at: "" };
  const again = renderHook(() => useDraft(where, stored), { wrapper });
  expect(again.result.current).toMatchObject({ text: "", state: "none", note: { text: "She is angry" } });
});
