import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { useSection } from "./useSection";

const who = { id: "ann" };
vi.mock("../../app/me", () => ({ useMember: () => ({ workspace: "acme", me: who }) }));

let stored = { mode: "hybrid", tag: "1" };
let sent: (string | null)[] = [];

beforeEach(() => {
  who.id = "ann";
  stored = { mode: "hybrid", tag: "1" };
  sent = [];
  sessionStorage.clear();
  vi.stubGlobal("fetch", async (request: Request) => {
    const headers = { ETag: stored.tag };
    if (request.method === "GET")
      return Response.json({ values: { mode: stored.mode }, defaults: {}, managed: {} }, { headers });
    sent.push(request.headers.get("If-Match"));
    return Response.json({ changes: [] });
  });
});

function section(client = new QueryClient()) {
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  return { client, ...renderHook(() => useSection("bot", "bot"), { wrapper }) };
}

test("edits are saved over what the person saw, not over what a colleague saved since", async () => {
  const { result, client } = section();
  await waitFor(() => expect(result.current.query.data?.etag).toBe("1"));
  act(() => result.current.set("prompt", "Be kind."));
  stored = { mode: "faq", tag: "2" };
  await act(() => client.invalidateQueries());
  await waitFor(() => expect(result.current.query.data?.etag).toBe("2"));
  act(() => result.current.set("mode", "llm"));
  await act(async () => void (await result.current.review.mutateAsync(result.current.patch)));
  expect(sent).toEqual(["1"]);
});

test("edits that are discarded begin anew over what is shown then", async () => {
  const { result, client } = section();
  await waitFor(() => expect(result.current.query.data?.etag).toBe("1"));
  act(() => result.current.set("mode", "llm"));
  act(() => result.current.discard());
  stored = { mode: "faq", tag: "2" };
  await act(() => client.invalidateQueries());
  await waitFor(() => expect(result.current.query.data?.etag).toBe("2"));
  act(() => result.current.set("mode", "llm"));
  expect(result.current.before).toEqual({ mode: "faq" });
  await act(async () => void (await result.current.review.mutateAsync(result.current.patch)));
  expect(sent).toEqual(["2"]);
});

test("edits are there when the page is opened again, for the same person alone", async () => {
  const first = section();
  await waitFor(() => expect(first.result.current.query.data?.etag).toBe("1"));
  act(() => first.result.current.set("mode", "llm"));
  first.unmount();
  expect(section().result.current.draft).toEqual({ mode: "llm" });
  who.id = "ben";
  expect(section().result.current.draft).toEqual({});
});
