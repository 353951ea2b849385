import { notifications, notificationsStore } from "@mantine/notifications";
import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { sessionHint } from "../api/session";
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
