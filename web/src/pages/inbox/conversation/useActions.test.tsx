import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { type Action, useActions } from "./useActions";

const { sent } = vi.hoisted(() => ({ sent: [] as unknown[] }));

vi.mock("../../../app/me", () => ({ useMember: () => ({ workspace: "acme" }) }));
vi.mock("./useCommands", () => ({
  useCommands: () => ({ run: (send: (key: string) => unknown, key: string) => send(key) }),
}));
vi.mock("../../../api/client", () => ({
  answer: (request: Promise<unknown>) => request,
  newKey: () => "key",
  api: { POST: async (_: string, { body }: { body: unknown }) => sent.push(body) },
}));

test("an action is refused if somebody has the conversation who was not shown", async () => {
  const client = new QueryClient();
  const { result } = renderHook(() => useActions({ id: "c1", assigned_to: "ben" }), {
    wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>,
  });
  const actions: Action[] = [
    { kind: "take-over" },
    { kind: "return-to-bot" },
    { kind: "close" },
    { kind: "assign", to: "cleo" },
  ];
  for (const action of actions) await act(() => result.current.mutateAsync(action));
  expect(sent).toHaveLength(4);
  for (const body of sent) expect(body).toMatchObject({ if_assigned: "ben" });
});
