import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
} from "@tanstack/react-router";
import { configure, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, test, vi } from "vitest";
import { meQuery } from "../../app/me";
import { profileQuery } from "../../time/zone";
import { NewReplayPage } from "./NewReplayPage";
import type { ReplayDetails, Result } from "./queries";
import { ReplayPage } from "./ReplayPage";

const said = (origin: Result["then"]["origin"], text: string, more: object = {}): Result["then"] => ({
  origin,
  text,
  later: "",
  model: "",
  score: null,
  seconds: 0,
  usd: "0",
  refusals: [],
  error: "",
  asked: false,
  ...more,
});

const RESULT: Result = {
  id: "one",
  conversation: "c1",
  message: "m1",
  at: "2026-03-14T09:00:00Z",
  channel: "main",
  question: "Where are you?",
  // biome-ignore lint/suspicious/noThenProperty: the answer then
  then: said("model", "We are at 12 Marina Road.", {
    model: "claude-sonnet-5-5",
    seconds: 2.1,
    usd: "0.004",
  }),
  now: said("faq", "We are at 9 Broad Street.", { score: 0.98 }),
  difference: "origin",
  votes: [{ vote: "worse", note: "Not yet", name: "Ben Agent", at: "2026-03-14T10:00:00Z", mine: false }],
};

const side = (origins: Record<string, number>, usd: string) => ({ origins, usd, p50: 0.4, p95: 2.1 });
const REPLAY: ReplayDetails = {
  id: "r1",
  name: "New address",
  state: "done",
  by: "Ann",
  at: "2026-03-14T10:00:00Z",
  ends: "2026-06-14T10:00:00Z",
  finished_at: "2026-03-14T10:01:00Z",
  since: "2026-03-10T00:00:00Z",
  until: "2026-03-14T00:00:00Z",
  channel: "",
  max_messages: 500,
  max_usd: "1",
  changed: ["faqs"],
  messages: 2,
  done: 2,
  differ: 1,
  stopped: "",
  error: "",
  changes: {
    bot: { system_prompt: "Be very kind." },
    bot_before: { system_prompt: "Be kind." },
    faqs: [],
    faq_changes: [{ question: "Do you deliver?", before: null, after: "Yes." }],
    flows: {},
  },
  summary: {
    done: 2,
    differ: 1,
    differences: { meaning: 0, origin: 1, wording: 0, unknown: 0, same: 1 },
    cheaper: 1,
    dearer: 0,
    asked: 0,
    refused: 0,
    // biome-ignore lint/suspicious/noThenProperty: the answers then
    then: side({ model: 1, faq: 1 }, "0.004"),
    now: side({ faq: 2 }, "0"),
    votes: { worse: 1 },
    voted: 1,
  },
};

const BOT = { mode: "hybrid", system_prompt: "Be kind.", fast_model: "a", smart_model: "b" };
const FAQ = { id: "f1", question: "Where are you?", answer: "12 Marina Road.", variants: [] };
const ESTIMATE = {
  messages: 40,
  found: 40,
  conversations: 7,
  calls: 12,
  most_calls: 40,
  usd: "0.3",
  most_usd: "0.9",
  recorded: 12,
};

const sent: { method: string; body: unknown }[] = [];

beforeAll(() => {
  configure({ asyncUtilTimeout: 20_000 }); // a busy machine needs more than a second
  // Growing text areas ask for the fonts, which jsdom has not.
  Object.defineProperty(document, "fonts", { value: new EventTarget() });
  vi.stubGlobal("fetch", async (request: Request) => {
    const path = new URL(request.url).pathname;
    let body: unknown = {};
    if (path.endsWith("/replays/r1")) body = REPLAY;
    if (path.endsWith("/settings/bot")) body = { values: BOT };
    if (path.endsWith("/faqs")) body = { items: [FAQ], managed: { by_file: false } };
    if (path.endsWith("/channels")) body = { items: [] };
    if (path.endsWith("/estimate")) body = ESTIMATE;
    if (path.endsWith("/replays") && request.method === "POST") {
      sent.push({ method: "POST", body: await request.json() });
      body = REPLAY;
    }
    if (path.endsWith("/results")) body = { items: [RESULT], next: null };
    if (path.endsWith("/context")) body = { items: [{ ours: false, author: "", text: "Good morning" }] };
    if (path.endsWith("/vote")) {
      const vote = (await request.json()) as { vote: "better"; note: string };
      sent.push({ method: request.method, body: vote });
      const own = { ...vote, name: "Ann", at: "2026-03-14T11:00:00Z", mine: true };
      body = { ...RESULT, votes: [...RESULT.votes, own] };
    }
    return new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
  });
});

function open(path = "replays/r1", member: object = {}) {
  const client = new QueryClient();
  const membership = {
    workspace: "acme",
    role: "owner",
    sees: "all",
    channels: [],
    second_factor: false,
    name: "Acme",
    ...member,
  };
  client.setQueryData(meQuery.queryKey, { id: "ann", name: "Ann", workspaces: [membership] } as never);
  client.setQueryData(profileQuery("acme").queryKey, { values: { timezone: "UTC" } } as never);
  const root = createRootRoute({ component: Outlet });
  const workspace = createRoute({ getParentRoute: () => root, path: "/w/$workspace", component: Outlet });
  const page = createRoute({
    getParentRoute: () => workspace,
    path: "replays/$replay",
    component: ReplayPage,
  });
  const fresh = createRoute({
    getParentRoute: () => workspace,
    path: "replays/new",
    component: NewReplayPage,
  });
  const router = createRouter({
    routeTree: root.addChildren([workspace.addChildren([page, fresh])]),
    history: createMemoryHistory({ initialEntries: [`/w/acme/${path}`] }),
  });
  return render(
    <MantineProvider>
      <QueryClientProvider client={client}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

test("a replay says what differs, shows both answers, and takes votes by keys", {
  timeout: 60_000,
}, async () => {
  open();
  expect(await screen.findByText("Of 2 messages, 1 would be answered differently.")).toBeTruthy();
  expect(await screen.findByText("Where are you?")).toBeTruthy();
  expect(screen.getByRole("group", { name: "Now" }).textContent).toContain("9 Broad Street");
  expect(screen.getByText("Not yet")).toBeTruthy();
  const user = userEvent.setup();
  await user.keyboard("j1");
  expect(await screen.findByRole("button", { name: "Better 1 vote", pressed: true })).toBeTruthy();
  expect(sent).toEqual([{ method: "PUT", body: { vote: "better", note: "" } }]);
  await user.keyboard("c");
  expect(await screen.findByText("Good morning")).toBeTruthy();
});

test("what was tried stands beside what it replaces", { timeout: 60_000 }, async () => {
  open();
  await userEvent.click(await screen.findByText("FAQ", { selector: "strong" }));
  expect(screen.getByText("very", { selector: "ins" })).toBeTruthy();
  expect(screen.getByText("FAQ: Do you deliver?")).toBeTruthy();
  expect(screen.getByText("(none)")).toBeTruthy();
});

test("edits of a new replay are there when its page is opened again, until they are discarded", {
  timeout: 60_000,
}, async () => {
  const user = userEvent.setup();
  const first = open("replays/new");
  await user.type(await screen.findByLabelText("Name"), "Kinder");
  await user.type(await screen.findByRole("textbox", { name: "Prompt" }), " Always.");
  first.unmount();
  open("replays/new");
  expect(await screen.findByText("Your edits of last time are still here.")).toBeTruthy();
  expect(await screen.findByRole("textbox", { name: "Prompt" })).toHaveValue("Be kind. Always.");
  expect(screen.getByLabelText("Name")).toHaveValue("Kinder");
  await user.click(screen.getByRole("button", { name: "Discard these edits" }));
  expect(await screen.findByRole("textbox", { name: "Prompt" })).toHaveValue("Be kind.");
  expect(Object.keys(sessionStorage)).toEqual([]);
});

test("who sees only some conversations is told why there are no replays", { timeout: 60_000 }, async () => {
  open("replays/r1", { sees: "own_and_unassigned" });
  expect(await screen.findByText(/Replays are of all conversations, and you see only some/)).toBeTruthy();
});

test("a new replay begins with what there is, shows its cost, and asks for what was changed only", {
  timeout: 60_000,
}, async () => {
  sent.length = 0;
  open("replays/new?change=faq");
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Where are you?" }));
  const text = screen.getByLabelText("Answer");
  await user.clear(text);
  await user.type(text, "9 Broad Street.");
  expect(await screen.findByText("messages of 7 conversations")).toBeTruthy();
  expect(screen.getByLabelText("It may cost at most")).toHaveValue("$0.60");
  const start = screen.getByRole("button", { name: "Start the replay" });
  await vi.waitFor(() => expect(start).toBeEnabled(), 20_000); // the estimate is of what was typed last
  await user.click(start);
  await vi.waitFor(() => expect(sent).toHaveLength(1), 30_000);
  expect(sent[0]?.body).toMatchObject({
    max_usd: "0.6",
    changes: {
      bot: {},
      flows: {},
      faqs: [{ question: "Where are you?", answer: "9 Broad Street.", variants: [] }],
    },
  });
});
