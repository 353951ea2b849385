import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, test, vi } from "vitest";
import { useMineWaiting } from "../app/useMineWaiting";
import { Refresh } from "./refresh";
import { FreshRows } from "./rows";
import { useInboxList } from "./useInboxList";

const live = vi.hoisted(() => ({ current: {} as object }));
vi.mock("../app/me", () => ({ useMember: () => ({ workspace: "acme", me: { id: "ann" } }) }));
vi.mock("./LiveProvider", () => ({ useLive: () => live.current }));
vi.mock("../time/useNow", () => ({ useNow: () => 0 }));

test("the number of those that wait leaves the list to who has scrolled down in it", async () => {
  vi.stubGlobal("fetch", async () => Response.json({ items: [], next: "more" }));
  const client = new QueryClient();
  const rows = new FreshRows();
  const refresh = new Refresh(client, "acme", rows);
  live.current = { rows, refresh };
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const mine = { folder: "mine", label: "", channel: "", sort: "newest" } as const;
  const { result } = renderHook(
    () => {
      useMineWaiting();
      return useInboxList(mine, false);
    },
    { wrapper },
  );
  await waitFor(() => expect(result.current.query.data?.pages).toHaveLength(1));
  await act(async () => void (await result.current.query.fetchNextPage()));
  await waitFor(() => expect(result.current.query.data?.pages).toHaveLength(2));
  act(() => refresh.staleLists());
  await waitFor(() => expect(result.current.behind).toBe(true));
  expect(result.current.query.data?.pages).toHaveLength(2);
  refresh.stop();
});
