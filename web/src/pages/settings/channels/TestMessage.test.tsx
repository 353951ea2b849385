import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { TestMessage } from "./TestMessage";

type Sent = { path: string; conversation: string; guard: string; key: string };
type Frame = { type: string; data: object };

const { sent, found, refused, told } = vi.hoisted(() => ({
  sent: [] as Sent[],
  found: { items: [] as object[] },
  /** Paths whose commands the router refuses. */
  refused: new Set<string>(),
  told: { frame: (_: Frame) => {} },
}));

vi.mock("../../../app/me", () => ({ useMember: () => ({ workspace: "acme", can: () => true }) }));
vi.mock("../../../live/LiveProvider", () => ({
  useLive: () => ({
    listen: (tell: (frame: Frame) => void) => {
      told.frame = tell;
      return () => {};
    },
  }),
}));
vi.mock("../../../api/client", () => {
  let keys = 0;
  return {
    answer: (request: Promise<unknown>) => request,
    newKey: () => `key-${++keys}`,
    api: {
      GET: async () => ({ items: [...found.items] }),
      POST: async (
        address: string,
        {
          params,
          body,
        }: {
          params: { path: { conversation: string }; header: Record<string, string> };
          body: { if_assigned: string };
        },
      ) => {
        const path = address.slice(address.lastIndexOf("/") + 1);
        const key = String(params.header["Idempotency-Key"]);
        sent.push({ path, conversation: params.path.conversation, guard: body.if_assigned, key });
        const command = `of-${key}`;
        const type = refused.has(path) ? "command:refused" : "command:done";
        told.frame({ type, data: { command, reason: "taken-by", by: "ben" } });
        return { command };
      },
    },
  };
});

const row = (id: string, name: string, mode = "bot") => ({
  id,
  mode,
  customer: { name, number: "+2348031234567", username: "" },
});

function show(...items: object[]) {
  found.items = items;
  const client = new QueryClient();
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <TestMessage channel="main" />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return client;
}

const press = async () => fireEvent.click(within(await screen.findByRole("dialog")).getByText("Send"));

beforeEach(() => {
  sent.length = 0;
  refused.clear();
});

test("whoever writes while the text is typed does not become its receiver", async () => {
  const client = show(row("ada", "Ada"));
  fireEvent.focus(await screen.findByLabelText("To Ada"));
  found.items = [row("bob", "Bob"), ...found.items];
  await act(() => client.refetchQueries());
  fireEvent.change(screen.getByLabelText("To Ada"), { target: { value: "Hi" } });
  fireEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(await screen.findByText("Send a test message to Ada (+2348031234567)?")).toBeInTheDocument();
  expect(sent).toEqual([]);
  await press();
  await waitFor(() => expect(sent.map((one) => one.conversation)).toEqual(["ada", "ada"]));
});

test("the bot gets its conversation back, and a colleague keeps theirs", async () => {
  show(row("ada", "Ada"));
  fireEvent.click(await screen.findByRole("button", { name: "Send" }));
  await press();
  await screen.findByRole("status");
  expect(sent.map(({ path, guard }) => [path, guard])).toEqual([
    ["messages", ""],
    ["return-to-bot", ""],
  ]);
});

test("a conversation that waits for a person is not given to the bot", async () => {
  show(row("ada", "Ada", "human"));
  fireEvent.click(await screen.findByRole("button", { name: "Send" }));
  await press();
  await screen.findByRole("status");
  expect(sent.map((one) => one.path)).toEqual(["messages"]);
});

test("a refusal is said, and another press does not send the message twice", async () => {
  show(row("ada", "Ada"));
  refused.add("return-to-bot");
  fireEvent.click(await screen.findByRole("button", { name: "Send" }));
  await press();
  expect(await screen.findByText(/could not be returned to the bot/)).toBeInTheDocument();
  await press();
  await waitFor(() => expect(sent).toHaveLength(4));
  expect(new Set(sent.filter((one) => one.path === "messages").map((one) => one.key)).size).toBe(1);
});
