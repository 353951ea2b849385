import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { TestMessage } from "./TestMessage";

const { sent, found } = vi.hoisted(() => ({ sent: [] as string[], found: { items: [] as object[] } }));

vi.mock("../../../app/me", () => ({ useMember: () => ({ workspace: "acme", can: () => true }) }));
vi.mock("../../../api/client", () => ({
  answer: (request: Promise<unknown>) => request,
  newKey: () => "key",
  api: {
    GET: async () => ({ items: [...found.items] }),
    POST: async (_: string, { params }: { params: { path: { conversation: string } } }) => {
      sent.push(params.path.conversation);
      return {};
    },
  },
}));

const row = (id: string, name: string) => ({ id, customer: { name, number: "", username: "" } });

test("whoever writes while the text is typed does not become its receiver", async () => {
  const client = new QueryClient();
  found.items = [row("ada", "Ada")];
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <TestMessage channel="main" />
      </QueryClientProvider>
    </MantineProvider>,
  );
  const field = await screen.findByLabelText("To Ada");
  fireEvent.focus(field);
  found.items = [row("bob", "Bob"), ...found.items];
  await act(() => client.refetchQueries());
  fireEvent.change(screen.getByLabelText("To Ada"), { target: { value: "Hi" } });
  fireEvent.click(screen.getByRole("button", { name: "Send" }));
  await waitFor(() => expect(sent).toEqual(["ada"]));
});
