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
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { meQuery } from "../../../app/me";
import { profileQuery } from "../../../time/zone";
import type { DraftApi } from "../builder/draft/api";
import { DraftProviderForTests } from "../builder/draft/DraftProvider";
import { DraftStore } from "../builder/draft/store";
import type { Draft } from "../builder/draft/types";
import type { Suggestion } from "./queries";
import { WordsButton } from "./WordsButton";

const OLD = 'flow: hours\nsteps:\n  one: "We open at 9."\n';
const NEW = 'flow: hours\nsteps:\n  one: "We open at 10."\n';

const DRAFT: Draft = {
  name: "hours",
  stored: true,
  base: "",
  digest: "a",
  revision: 1,
  by: "ann",
  at: null,
  undo: 0,
  redo: 0,
  source: OLD,
  model: { flow: "hours", steps: { one: "We open at 9." } },
  graph: { start: "one", steps: [], edges: [] },
  problems: [],
  warnings: [],
};

const WRITING: Suggestion = {
  id: "s1",
  flow: "hours",
  at: "2026-03-14T09:00:00Z",
  state: "running",
  error: "",
  source: null,
  problems: [],
  meaning: null,
  model: "",
  usd: "0",
};
const DONE: Suggestion = {
  ...WRITING,
  state: "done",
  source: NEW,
  meaning: [{ kind: "changed", what: "step", name: "one", before: "", keys: ["text"] }],
  model: "claude-sonnet-5-5",
  usd: "0.021",
};

let available = true;
let answers: Suggestion[] = [];
let asked: unknown[] = [];
let replaced: { base: string; source: string }[] = [];

beforeEach(() => {
  available = true;
  answers = [WRITING, DONE];
  asked = [];
  replaced = [];
  // Growing text areas ask for the fonts, which jsdom has not.
  Object.defineProperty(document, "fonts", { value: new EventTarget(), configurable: true });
  vi.stubGlobal("fetch", async (request: Request) => {
    const path = new URL(request.url).pathname;
    let body: unknown = {};
    if (path.endsWith("/flow-suggestions"))
      body = { available, model: "claude-sonnet-5-5", most_words: 2000, most_source: 24_000 };
    if (request.method === "POST") {
      asked.push(await request.json());
      body = { ...WRITING, id: `s${asked.length}` };
    }
    if (/\/s\d$/.test(path)) body = answers.length > 1 ? answers.shift() : answers[0];
    return new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
  });
});

function open(): DraftStore {
  const api: DraftApi = {
    read: async () => DRAFT,
    edit: async () => DRAFT,
    replace: async (base, source) => {
      replaced.push({ base, source });
      return { ...DRAFT, digest: "b", revision: 2, undo: 1, source };
    },
    undo: async () => DRAFT,
    redo: async () => DRAFT,
  };
  const store = new DraftStore(api, DRAFT);
  store.start();
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const membership = {
    workspace: "acme",
    role: "owner",
    sees: "all",
    channels: [],
    second_factor: false,
    name: "Acme",
  };
  client.setQueryData(meQuery.queryKey, { id: "ann", name: "Ann", workspaces: [membership] } as never);
  client.setQueryData(profileQuery("acme").queryKey, { values: { timezone: "UTC" } } as never);
  const root = createRootRoute({ component: Outlet });
  const workspace = createRoute({ getParentRoute: () => root, path: "/w/$workspace", component: Outlet });
  const page = createRoute({
    getParentRoute: () => workspace,
    path: "flows/$flow",
    component: () => (
      <DraftProviderForTests value={store}>
        <p>The flow</p>
        <WordsButton />
      </DraftProviderForTests>
    ),
  });
  const router = createRouter({
    routeTree: root.addChildren([workspace.addChildren([page])]),
    history: createMemoryHistory({ initialEntries: ["/w/acme/flows/hours"] }),
  });
  render(
    <MantineProvider>
      <QueryClientProvider client={client}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return store;
}

const WAIT = { timeout: 20_000 };

async function ask(words: string) {
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Describe it in words" }, WAIT));
  await user.type(await screen.findByLabelText("What shall this flow do?", {}, WAIT), words);
  await user.click(screen.getByRole("button", { name: "Write it" }));
  return user;
}

test("without a model there is no button", { timeout: 60_000 }, async () => {
  available = false;
  open();
  expect(await screen.findByText("The flow", {}, WAIT)).toBeTruthy();
  await new Promise((done) => setTimeout(done, 50));
  expect(screen.queryByRole("button", { name: "Describe it in words" })).toBeNull();
});

test("a text is shown as a difference, and goes into the draft when the person says so", {
  timeout: 60_000,
}, async () => {
  const store = open();
  const user = await ask("Open at 10.");
  expect(await screen.findByText("Step one", {}, WAIT)).toBeTruthy();
  expect(asked).toEqual([{ flow: "hours", words: "Open at 10.", source: OLD }]);
  expect(screen.getByText(/claude-sonnet-5-5 for \$0\.021/)).toBeTruthy();
  await user.click(screen.getByRole("tab", { name: "In the text" }));
  expect((await screen.findByRole("insertion")).textContent).toContain("We open at 10.");
  expect(replaced).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Put it into the draft" }));
  await vi.waitFor(() => expect(replaced).toEqual([{ base: "a", source: NEW }]));
  expect(store.get().canUndo).toBe(true);
});

test("problems are named, and the text can be taken all the same", { timeout: 60_000 }, async () => {
  answers = [
    { ...DONE, problems: [{ file: "hours.yaml", line: 3, where: "one", message: "is wrong", path: [] }] },
  ];
  open();
  await ask("Open at 10.");
  expect(await screen.findByText("Line 3, one: is wrong", {}, WAIT)).toBeTruthy();
  expect(screen.getByRole("button", { name: "Put it into the draft" })).toBeEnabled();
});

test("what was typed stays after a failure, and newer edits of the draft are named", {
  timeout: 60_000,
}, async () => {
  answers = [{ ...WRITING, state: "failed", error: "budget" }];
  const store = open();
  const user = await ask("Open at 10.");
  expect(await screen.findByText(/The budget for models is spent/, {}, WAIT)).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Ask again" }));
  expect(screen.getByLabelText("What shall this flow do?")).toHaveValue("Open at 10.");
  answers = [DONE];
  await user.click(screen.getByRole("button", { name: "Write it" }));
  expect(await screen.findByText("Step one", {}, WAIT)).toBeTruthy();
  store.setSource(`${OLD}# newer\n`);
  expect(await screen.findByText(/The draft was changed since you asked/, {}, WAIT)).toBeTruthy();
  expect(screen.queryByText("Step one")).toBeNull();
  const removed = (await screen.findAllByRole("deletion")).map((one) => one.textContent);
  expect(removed).toEqual(expect.arrayContaining([expect.stringContaining("# newer")]));
});
