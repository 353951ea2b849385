import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { TemplatePicker } from "./TemplatePicker";
import { useDraft } from "./useDraft";

const { answers } = vi.hoisted(() => ({ answers: [] as (Error | object[])[] }));

vi.mock("../../templates/queries", () => ({
  templatesQuery: (workspace: string) => ({
    queryKey: [workspace, "templates"],
    retry: false,
    queryFn: async () => {
      const answer = answers.shift() ?? [];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  }),
}));

const { stored } = vi.hoisted(() => ({ stored: [] as unknown[] }));
vi.mock("../../../api/client", () => ({
  answer: (request: Promise<unknown>) => request,
  api: {
    PUT: async (_: string, { body }: { body: unknown }) => stored.push(body),
    DELETE: async () => stored.push(null),
  },
}));

const onSend = vi.fn();

function Picker() {
  const draft = useDraft({ workspace: "acme", person: "ann", conversation: "c1" }, null);
  return (
    <TemplatePicker
      workspace="acme"
      channel="main"
      provider="meta"
      optedOut={false}
      customerName=""
      disabled={false}
      kept={draft.template}
      onKeep={draft.fill}
      onSend={onSend}
    />
  );
}

function picker() {
  const client = new QueryClient();
  const { unmount } = render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <Picker />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { client, unmount };
}

beforeEach(() => {
  localStorage.clear();
  stored.length = 0;
  onSend.mockClear();
  answers.length = 0;
  answers.push([{ name: "order_news", language: "en", body: "Hi {{1}}", status: "APPROVED" }]);
});

test("a second click on Send finds no template to send", async () => {
  picker();
  fireEvent.click(await screen.findByRole("button", { name: /order_news/ }));
  fireEvent.change(screen.getByLabelText("Value of {{1}}"), { target: { value: "Ada" } });
  const button = screen.getByRole("button", { name: "Send" });
  fireEvent.click(button);
  fireEvent.click(button);
  expect(onSend).toHaveBeenCalledTimes(1);
  expect(screen.queryByRole("button", { name: "Send" })).toBeNull();
});

test("a refresh that fails leaves what is being filled in", async () => {
  const { client } = picker();
  fireEvent.click(await screen.findByRole("button", { name: /order_news/ }));
  fireEvent.change(screen.getByLabelText("Value of {{1}}"), { target: { value: "Ada" } });
  answers.push(new Error("away"));
  await client.refetchQueries();
  expect(client.getQueryState(["acme", "templates"])?.status).toBe("error");
  expect(await screen.findByLabelText("Value of {{1}}")).toHaveValue("Ada");
});

test("a template that is being filled in is kept with the draft", async () => {
  const { unmount } = picker();
  fireEvent.click(await screen.findByRole("button", { name: /order_news/ }));
  fireEvent.change(screen.getByLabelText("Value of {{1}}"), { target: { value: "Ada" } });
  expect(JSON.parse(localStorage.getItem("parley.own.ann.draft.acme.c1") ?? "null")).toMatchObject({
    template: { name: "order_news", language: "en", filled: { parameters: ["Ada"] } },
  });
  unmount();
  await waitFor(() => expect(stored).toHaveLength(1));
  expect(stored[0]).toMatchObject({ template: { name: "order_news", filled: { parameters: ["Ada"] } } });
});

test("the preview has the words of all parts, as the customer reads them", async () => {
  answers.length = 0;
  answers.push([
    {
      ...{ name: "order_news", language: "en", body: "Hi {{1}}", status: "APPROVED" },
      ...{ header: "text", header_text: "Order {{1}}", footer: true, footer_text: "Reply STOP to end" },
      buttons: [
        { kind: "quick_reply", text: "Thanks" },
        { kind: "url", text: "Track it" },
        { kind: "phone_number", text: "" },
      ],
    },
  ]);
  picker();
  fireEvent.click(await screen.findByRole("button", { name: /order_news/ }));
  fireEvent.change(screen.getByLabelText("Value of {{1}}"), { target: { value: "Ada" } });
  fireEvent.change(screen.getByLabelText("Value in the title"), { target: { value: "K7" } });
  const preview = document.querySelector("[data-preview]");
  expect(preview).toHaveTextContent("Order K7Hi AdaReply STOP to endThanksTrack it3. Call");
});
