import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { ProblemError } from "../../../api/problem";
import { RepliesPage } from "./RepliesPage";

const { sent, refusals, stored } = vi.hoisted(() => ({
  sent: [] as unknown[],
  /** Errors of the next requests that write. */
  refusals: [] as Error[],
  stored: { items: [] as object[], next: null },
}));

vi.mock("../../../app/me", () => ({ useMember: () => ({ workspace: "acme", can: () => true }) }));
vi.mock("../../../time/TimeText", () => ({ TimeText: ({ at }: { at: string }) => <time>{at}</time> }));
vi.mock("../../../api/client", () => {
  const write =
    (method: string) =>
    async (path: string, { body, params }: { body?: object; params: { header?: object } }) => {
      sent.push([method, path, body, params.header]);
      const refusal = refusals.shift();
      if (refusal) throw refusal;
      return {};
    };
  return {
    answer: (request: Promise<unknown>) => request,
    newKey: () => "key",
    api: {
      GET: async (path: string) => (path.endsWith("/canned") ? stored : { items: ["urgent"] }),
      POST: write("POST"),
      PUT: write("PUT"),
      DELETE: write("DELETE"),
    },
  };
});

// jsdom has no fonts, whose loading a growing text field awaits.
Object.defineProperty(document, "fonts", { value: new EventTarget() });

beforeEach(() => {
  sent.length = 0;
  stored.items = [];
});

function page() {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <RepliesPage />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

const reply = (shortcut: string, body: object) => ({
  id: shortcut,
  shortcut,
  body,
  labels: [],
  by: "u1",
  at: "2026-03-14T09:00:00Z",
  revision: 3,
  etag: '"e3"',
});

test("a reply is written without the / that people type before its shortcut", {
  timeout: 60_000,
}, async () => {
  page();
  expect(await screen.findByText("No saved replies yet", {}, { timeout: 20_000 })).toBeVisible();
  fireEvent.click(screen.getByRole("button", { name: "New reply" }));
  fireEvent.change(await screen.findByLabelText(/^Shortcut/), { target: { value: "/thanks" } });
  fireEvent.change(screen.getByLabelText(/^Text/), { target: { value: " Thank you! " } });
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(sent).toHaveLength(1), { timeout: 20_000 });
  const body = { shortcut: "thanks", body: { type: "text", body: "Thank you!" }, labels: [] };
  expect(sent[0]).toEqual([
    "POST",
    "/api/v1/workspaces/{workspace}/canned",
    body,
    { "Idempotency-Key": "key" },
  ]);
});

test("a text is changed under what was seen; a reply with buttons can only be removed", {
  timeout: 60_000,
}, async () => {
  stored.items = [
    reply("hours", { type: "text", body: "9 to 5" }),
    reply("menu", { type: "buttons", body: "Choose", buttons: [{ id: "a", title: "Oak" }] }),
  ];
  page();
  fireEvent.click(await screen.findByRole("button", { name: /menu$/ }, { timeout: 20_000 }));
  expect(await screen.findByRole("menuitem", { name: "Remove" })).toBeInTheDocument();
  expect(screen.queryByRole("menuitem", { name: "Change" })).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: /hours$/ }));
  fireEvent.click(await screen.findByRole("menuitem", { name: "Change" }));
  fireEvent.change(await screen.findByLabelText(/^Text/), { target: { value: "8 to 4" } });
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(sent).toHaveLength(1), { timeout: 20_000 });
  expect(sent[0]).toMatchObject([
    "PUT",
    expect.anything(),
    { body: { body: "8 to 4" } },
    { "If-Match": '"e3"' },
  ]);
});

test("what a colleague saved meanwhile is shown, and mine is saved over it only when it was seen", {
  timeout: 60_000,
}, async () => {
  stored.items = [reply("hours", { type: "text", body: "9 to 5" })];
  page();
  fireEvent.click(await screen.findByRole("button", { name: /hours$/ }, { timeout: 20_000 }));
  fireEvent.click(await screen.findByRole("menuitem", { name: "Change" }));
  fireEvent.change(await screen.findByLabelText(/^Text/), { target: { value: "8 to 4" } });
  stored.items = [{ ...reply("hours", { type: "text", body: "10 to 6" }), etag: '"e4"' }];
  refusals.push(new ProblemError(412, { type: "/changed-meanwhile", title: "changed" }));
  fireEvent.click(screen.getByRole("button", { name: "Save" }));
  const over = await screen.findByRole("button", { name: "Save mine over it" }, { timeout: 20_000 });
  expect(screen.getByText(/Saved now:.*10 to 6/)).toBeInTheDocument();
  expect(screen.getByLabelText(/^Text/)).toHaveValue("8 to 4");
  fireEvent.click(over);
  await waitFor(() => expect(sent).toHaveLength(2), { timeout: 20_000 });
  expect(sent[1]).toMatchObject([
    "PUT",
    expect.anything(),
    { body: { body: "8 to 4" } },
    { "If-Match": '"e4"' },
  ]);
});
