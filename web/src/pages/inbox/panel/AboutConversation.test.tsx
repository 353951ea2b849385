import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { AboutConversation } from "./AboutConversation";

vi.mock("../../../app/me", () => ({ useMember: () => ({ workspace: "acme", can: () => true }) }));
vi.mock("../../../time/zone", () => ({ useFormat: () => ({ dateTime: String, language: "en" }) }));
vi.mock("../../flows/queries", () => {
  const items = [
    { name: "order", version: "v1" },
    { name: "unfinished", version: null },
  ];
  return { flowsQuery: () => ({ queryKey: ["flows"], queryFn: async () => ({ data: { items } }) }) };
});

const onAct = vi.fn();

function panel(mode: string) {
  const details = { cart: [], cart_note: "", flow: null, row: { mode, channel: "main" } } as never;
  return (
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <AboutConversation details={details} onAct={onAct} />
      </QueryClientProvider>
    </MantineProvider>
  );
}

test("a published flow is started in a conversation of the bot", async () => {
  const { unmount } = render(panel("human"));
  expect(screen.queryByRole("button", { name: "Start a flow" })).toBeNull();
  unmount();
  render(panel("bot"));
  fireEvent.click(screen.getByRole("button", { name: "Start a flow" }));
  fireEvent.click(await screen.findByRole("combobox", { name: "Flow" }));
  expect(screen.queryByRole("option", { name: "unfinished" })).toBeNull();
  fireEvent.click(screen.getByRole("option", { name: "order" }));
  fireEvent.click(screen.getByRole("button", { name: "Start" }));
  expect(onAct).toHaveBeenCalledWith({ kind: "start-flow", flow: "order" });
});
