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
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useEffect } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import schema from "../../../../../../shared/flows/flow.schema.json";
import { meQuery } from "../../../../app/me";
import { builder } from "../../../../texts/en/builder";
import { profileQuery } from "../../../../time/zone";
import { DraftProviderForTests } from "../draft/DraftProvider";
import { DraftStore } from "../draft/store";
import { type Draft, type Edge, isValues, type Path, type Values } from "../draft/types";
import type { Kind } from "../kinds";
import { SelectionProvider, useSelection } from "../selection";
import { StepsProvider } from "../steps/StepsProvider";
import { StepPane } from "./StepPane";
import { keysOf } from "./schema";

const WAIT = { timeout: 20_000 };
const TIMEOUT = { after: "45m", then: "t3" };
const QUESTION = { retries: 7, reprompt: "again please", else: "t2", timeout: TIMEOUT, next: "t4" };

/** Steps with all the keys that each kind may have; several where some keys exclude each other. */
const STEPS: Record<Kind, Values[]> = {
  say: [
    { text: ["say one", "say two"], next: "t1" },
    { text: "say all", buttons: { "tap a": "id a", "2": "id two" } },
    {
      text: "x1",
      list: { "row a": { id: "id row", description: "row words" }, "row b": "id b" },
      button: "see",
    },
  ],
  media: [
    { document: "https://x.example/doc", caption: "below it", filename: "doc name", next: "t1" },
    { image: "https://x.example/image", filename: "left over" },
    { video: "https://x.example/video" },
    { audio: "https://x.example/audio" },
    { sticker: "https://x.example/sticker" },
  ],
  template: [{ template: "tpl_name", language: "pt_BR", parameters: ["par one", "par, two"], next: "t1" }],
  choose: [
    {
      choose: "which one",
      options: { "opt a": { then: "t1", id: "opt id", description: "opt words" }, "opt b": null },
      save: "var_a",
      style: "list",
      button: "open it",
      ...QUESTION,
    },
    { choose: "which one", options: ["opt a", "opt b"], else: "pass", retries: 7, reprompt: "again please" },
  ],
  ask: [
    { ask: "how many", save: "var_b", type: "integer", min: 3, max: 9, ...QUESTION },
    { ask: "x1", save: "var_b", type: "regex", pattern: "[A-Z]{2,3}" },
    { ask: "x1", save: "var_b", type: "choice", choices: ["red", "blue, or green"] },
    { ask: "x1", save: "var_b", type: "email", min: 3, max: 9, pattern: "left over", choices: ["leftover"] },
  ],
  branch: [{ branch: [{ if: "x > 1", then: "t1" }], else: "t2", next: "t4" }],
  set: [{ set: { var_c: "val c" }, next: "t1" }],
  call: [{ call: "shop.menu", with: { arg_a: "val a" }, outcomes: { empty: "t2" }, next: "t1" }],
  ai: [{ ai: "brief words", until: ["bye"], timeout: TIMEOUT, next: "t1" }],
  wait: [
    { wait: "45m", then: "t2", save: "var_d", next: "t1" },
    { wait: "answer", then: "t2" },
  ],
  jump: [{ jump: "t1" }],
  sub_flow: [{ sub_flow: "other", with: { arg_a: "val a" }, next: "t1" }],
  customer: [
    {
      add_tags: ["vip"],
      remove_tags: ["old"],
      fields: { field_a: "val f" },
      name: "name words",
      qualified: true,
      opted_out: false,
      next: "t1",
    },
  ],
  hand_off: [{ hand_off: "reason words", left_over: "unknown" }],
  end: [{ end: "last words" }],
};

const FILE: Values = {
  flow: "hours",
  description: "about words",
  priority: 7,
  interruptible: false,
  triggers: {
    keywords: ["key a"],
    contains: "con a",
    regex: ["a{1,2}"],
    buttons: ["but a"],
    referrals: ["ref a"],
    first_message: true,
    command: true,
  },
  variables: { var_z: "val z" },
  timeout: TIMEOUT,
  left_over: "unknown",
};

/** Texts on the page for values that are not shown as they are written. */
const LOOKS: Record<string, string> = {
  "45m": "45",
  list: builder.styles.list,
  answer: builder.waitAnswer,
  pass: builder.targetPass,
  ...builder.answerTypes,
};

/** Returns the texts and numbers of values: those of the file, and the names that people give. */
function leaves(value: unknown, key = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => leaves(one));
  if (isValues(value))
    return Object.entries(value).flatMap(([name, one]) => [
      ...(["options", "buttons", "list", "set", "with", "fields", "variables"].includes(key) ? [name] : []),
      ...leaves(one, name),
    ]);
  return typeof value === "string" || typeof value === "number" ? [String(value)] : [];
}

/** Returns the ways that the server would draw. */
function edgesOf(values: Values): Edge[] {
  const found: Edge[] = [];
  const add = (target: unknown, ...path: (string | number)[]) => {
    const at: Path = ["steps", "tried", ...path];
    const written = [...at, ...(path[0] === "branch" || path[0] === "timeout" ? ["then"] : [])];
    const implicit = typeof target !== "string";
    found.push({
      source: "tried",
      target: implicit ? "t1" : target,
      label: "",
      path: [...at],
      written,
      implicit,
      line: 1,
    });
  };
  const { options, branch, outcomes, timeout } = values;
  const titles = Array.isArray(options) ? options : Object.keys(isValues(options) ? options : {});
  for (const title of titles) {
    const option = isValues(options) ? options[title] : null;
    add(isValues(option) ? option.then : option, "options", title);
  }
  for (const [place, one] of (Array.isArray(branch) ? branch : []).entries()) add(one.then, "branch", place);
  for (const [name, target] of Object.entries(isValues(outcomes) ? outcomes : {}))
    add(target, "outcomes", name);
  if (isValues(timeout)) add(timeout.then, "timeout");
  if ("else" in values && values.else !== "pass") add(values.else, "else");
  if ("then" in values && values.wait !== "answer") add(values.then, "then");
  if ("jump" in values) add(values.jump, "jump");
  else if (!("choose" in values) && !("branch" in values)) add(values.next, "next");
  return found;
}

function Chosen({ step }: { step: string }) {
  const selection = useSelection();
  useEffect(() => selection.select(step), [selection, step]);
  return <StepPane />;
}

async function open(step: string, values: Values, file: Values = {}) {
  const names = ["tried", "t1", "t2", "t3", "t4"];
  const titles = [
    ...Object.keys((values.buttons ?? {}) as Values),
    ...Object.keys((values.list ?? {}) as Values),
  ];
  const shown = {
    kind: "say",
    words: "",
    line: 1,
    valid: true,
    waits: false,
    reachable: true,
    ports: [],
    titles,
  };
  const whole: Edge = {
    source: "",
    target: "t3",
    label: "",
    path: ["timeout"],
    written: ["timeout", "then"],
    implicit: false,
    line: 1,
  };
  const draft: Draft = {
    name: "hours",
    stored: true,
    base: "",
    digest: "a",
    revision: 1,
    by: "ann",
    at: null,
    undo: 0,
    redo: 0,
    source: "",
    model: { ...file, steps: { tried: values } },
    graph: {
      start: "tried",
      steps: names.map((name) => ({ ...shown, name })),
      edges: [...edgesOf(values), ...("timeout" in file ? [whole] : [])],
    },
    problems: [],
    warnings: [],
  };
  const none = async () => draft;
  const store = new DraftStore({ read: none, edit: none, replace: none, undo: none, redo: none }, draft);
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
      <SelectionProvider>
        <DraftProviderForTests value={store}>
          <StepsProvider>
            <Chosen step={step} />
          </StepsProvider>
        </DraftProviderForTests>
      </SelectionProvider>
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
  const title = step ? builder.stepName : builder.description;
  await screen.findByLabelText(title, {}, WAIT);
  const user = userEvent.setup();
  for (const more of screen.queryAllByRole("button", { name: /^More about/ })) await user.click(more);
}

/** Returns all that is on the page: texts, and what fields hold. */
function onPage(): string {
  const fields = [...document.querySelectorAll<HTMLInputElement>("input, textarea")].map((one) => one.value);
  return [document.body.textContent, ...fields].join("\n");
}

beforeEach(() => {
  // Growing text areas ask for the fonts, which jsdom has not.
  Object.defineProperty(document, "fonts", { value: new EventTarget(), configurable: true });
  const body = JSON.stringify({ items: [], positions: {}, collapsed: [] });
  vi.stubGlobal("fetch", async () => new Response(body, { headers: { "Content-Type": "application/json" } }));
});

test("the steps of this test have every key of the schema", () => {
  for (const [kind, steps] of Object.entries(STEPS)) {
    const there = new Set(steps.flatMap((one) => Object.keys(one)));
    expect([kind, ...Object.keys(keysOf(kind as Kind)).filter((key) => !there.has(key))]).toEqual([kind]);
  }
  expect(Object.keys(schema.properties).filter((key) => key !== "steps" && !(key in FILE))).toEqual([]);
  expect(Object.keys(schema.$defs.Triggers.properties)).toEqual(Object.keys(FILE.triggers as Values));
});

test.each(Object.entries(STEPS))(
  "every key of a step is shown: %s",
  { timeout: 120_000 },
  async (_, steps) => {
    for (const values of steps) {
      await open("tried", values);
      const page = onPage();
      for (const leaf of leaves(values)) expect(page, JSON.stringify(values)).toContain(LOOKS[leaf] ?? leaf);
      cleanup();
    }
  },
);

test("every key of the file is shown", { timeout: 60_000 }, async () => {
  await open("", { text: "x1" }, FILE);
  const page = onPage();
  for (const leaf of leaves(FILE)) expect(page).toContain(LOOKS[leaf] ?? leaf);
});
