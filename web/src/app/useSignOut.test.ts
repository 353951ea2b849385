import { notifications, notificationsStore } from "@mantine/notifications";
import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { meQuery } from "../api/meQuery";
import { sessionHint } from "../api/session";
import { LocalTexts } from "../pages/inbox/composer/outbox";
import { queryClient } from "./queryClient";
import { useSignOut } from "./useSignOut";

beforeEach(() => {
  sessionHint.maybe = true;
  notifications.clean();
});

const shown = () => notificationsStore.getState().notifications.map(({ title }) => title);

test.each([
  ["is answered with an error", async () => new Response("{}", { status: 503 })],
  ["is not answered", async () => Promise.reject(new TypeError("Failed to fetch"))],
])("a sign-out that %s says so, and the person is still signed in", async (_, fetch) => {
  vi.stubGlobal("fetch", fetch);
  const { result } = renderHook(useSignOut);
  await act(result.current);
  expect(sessionHint.maybe).toBe(true);
  expect(shown()).toEqual(["You are still signed in"]);
});

test("what only this browser has is stored before the person is signed out", async () => {
  const draft = { text: "Dear Ada", replyTo: "", template: null, note: "", intent: "i1" };
  new LocalTexts("acme", "ann", "c1").keepDraft(draft);
  queryClient.setQueryData(meQuery.queryKey, { id: "ann" } as never);
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`);
    return new Response("{}", { status: request.method === "PUT" ? 200 : 503 });
  });
  const { result } = renderHook(useSignOut);
  await act(result.current);
  expect(asked[0]).toMatch(
    /^PUT .*\/workspaces\/acme\/conversations\/c1\/draft .*"text":"Dear Ada".*"intent":"i1"/,
  );
  expect(asked[1]).toMatch(/^POST .*logout/);
});
