import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { offline, ProblemError } from "../../../../api/problem";
import type { DraftApi } from "./api";
import { DraftStore } from "./store";
import type { Draft, Operation } from "./types";
import { UnsentEdits } from "./unsent";

const STEP = {
  titles: [] as string[],
  kind: "say",
  words: "Hi",
  line: 3,
  valid: true,
  waits: false,
  reachable: true,
};

function draftOf(digest: string, change: Partial<Draft> = {}): Draft {
  return {
    name: "hello",
    stored: true,
    base: "",
    digest,
    revision: 1,
    by: "ann",
    at: null,
    undo: 0,
    redo: 0,
    source: `# ${digest}`,
    model: { flow: "hello", steps: { one: "Hi", two: { end: "Bye" } } },
    graph: {
      start: "one",
      steps: [
        { ...STEP, name: "one", ports: [0] },
        { ...STEP, name: "two", kind: "end", ports: [] },
      ],
      edges: [
        {
          source: "one",
          target: "two",
          label: "",
          path: ["steps", "one", "next"],
          written: ["steps", "one", "next"],
          implicit: true,
          line: 3,
        },
      ],
    },
    problems: [],
    warnings: [],
    ...change,
  };
}

/** Answers each request when the test says so. */
class Server {
  asked: { what: string; base: string; body: unknown; key: string }[] = [];
  private waiting: { yes: (draft: Draft) => void; no: (error: unknown) => void }[] = [];
  current = draftOf("a");

  api: DraftApi = {
    read: async () => this.current,
    edit: (base, ops, key) => this.ask("edit", base, ops, key),
    replace: (base, source, key) => this.ask("replace", base, source, key),
    undo: (base, key) => this.ask("undo", base, null, key),
    redo: (base, key) => this.ask("redo", base, null, key),
  };

  async answer(draft: Draft) {
    this.waiting.shift()?.yes(draft);
    await settled();
  }

  async fail(error: unknown) {
    this.waiting.shift()?.no(error);
    await settled();
  }

  private ask(what: string, base: string, body: unknown, key: string): Promise<Draft> {
    this.asked.push({ what, base, body: structuredClone(body), key });
    return new Promise((yes, no) => this.waiting.push({ yes, no }));
  }
}

const settled = () => vi.advanceTimersByTimeAsync(0);
const says = (text: string): Operation => ({ op: "set", path: ["steps", "one"], value: text });
const ends = (text: string): Operation => ({ op: "set", path: ["steps", "two", "end"], value: text });

let server: Server;
let stop = () => {};

function begin(unsent?: UnsentEdits): DraftStore {
  const store = new DraftStore(server.api, server.current, unsent);
  stop = store.start();
  return store;
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  server = new Server();
});

afterEach(() => {
  stop();
  vi.useRealTimers();
});

test("edits count at once and are sent one after the other, each for the text before it", async () => {
  const store = begin();
  store.apply(says("Hello"));
  store.apply(ends("See you"));
  expect(store.get().model.steps).toEqual({ one: "Hello", two: { end: "See you" } });
  expect(store.get().graph.steps.map((step) => step.words)).toEqual(["Hello", "See you"]);
  expect([store.get().state, store.get().pending]).toEqual(["saving", 2]);
  expect(server.asked.map((one) => one.base)).toEqual(["a"]);
  await server.answer(draftOf("b", { undo: 1 }));
  expect(server.asked.map((one) => [one.base, one.body])).toEqual([
    ["a", [says("Hello")]],
    ["b", [ends("See you")]],
  ]);
  await server.answer(draftOf("c", { undo: 2 }));
  expect([store.get().state, store.get().pending, store.get().draft.digest]).toEqual(["saved", 0, "c"]);
});

test("what is typed into one field while a request runs is one edit", async () => {
  const store = begin();
  store.apply(says("H"));
  store.apply(says("He"));
  store.apply(says("Hel"));
  await server.answer(draftOf("b"));
  expect(server.asked.map((one) => one.body)).toEqual([[says("H")], [says("Hel")]]);
});

test("without an answer edits are kept and sent again with the same key", async () => {
  const store = begin(await UnsentEdits.claim("acme", "ann", "hello"));
  store.apply(says("Hello"));
  await server.fail(offline());
  expect(store.get().state).toBe("offline");
  expect(store.get().model.steps).toMatchObject({ one: "Hello" });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(server.asked).toHaveLength(2);
  expect(server.asked[1]?.key).toBe(server.asked[0]?.key);
  const event = new Event("beforeunload", { cancelable: true });
  window.dispatchEvent(event);
  expect(event.defaultPrevented).toBe(true);
  await server.answer(draftOf("b"));
  expect(store.get().state).toBe("saved");
});

test("edits that were not answered are sent when the flow is opened again", async () => {
  const unsent = await UnsentEdits.claim("acme", "ann", "hello");
  begin(unsent).apply(says("Hello"));
  await server.fail(offline());
  stop();
  server.current = draftOf("z");
  const again = begin(await UnsentEdits.claim("acme", "ann", "hello"));
  expect(again.get().model.steps).toMatchObject({ one: "Hello" });
  expect(server.asked.at(-1)).toMatchObject({ base: "a", body: [says("Hello")] });
  await server.answer(draftOf("b"));
  expect(unsent.read()).toBeNull();
});

test("an undo that was carried out while the page was closed is no conflict afterwards", async () => {
  server.current = draftOf("b", { undo: 1 });
  begin(await UnsentEdits.claim("acme", "ann", "hello")).undo();
  await server.fail(offline());
  stop();
  server.current = draftOf("a", { redo: 1 });
  const again = begin(await UnsentEdits.claim("acme", "ann", "hello"));
  await settled();
  expect(server.asked.at(-1)).toMatchObject({ what: "undo", base: "b" });
  await server.fail(new ProblemError(409, { type: "/conflict", title: "Changed", detail: "changed" }));
  expect([again.get().state, again.get().draft.digest, again.get().pending]).toEqual(["saved", "a", 0]);
});

test("the draft is not called saved while a field holds words that are no edit yet", () => {
  const store = begin();
  const field = {};
  store.holds(field, true);
  expect(store.get().state).toBe("saving");
  store.holds(field, false);
  expect(store.get().state).toBe("saved");
});

test("a refused edit is taken back with its reason, and the others go on", async () => {
  const store = begin();
  const refused = vi.fn();
  store.onRefused(refused);
  store.apply(says("Hello"));
  store.apply(ends("See you"));
  await server.fail(
    new ProblemError(422, { type: "/invalid", title: "Invalid", detail: "not here", line: 7 }),
  );
  expect(store.get().refusal).toMatchObject({ why: "not here", line: 7 });
  expect(refused).toHaveBeenCalledOnce();
  expect(store.get().model.steps).toEqual({ one: "Hi", two: { end: "See you" } });
  await server.answer(draftOf("b"));
  expect(store.get().state).toBe("refused");
  store.dismissRefusal();
  expect(store.get().state).toBe("saved");
});

test("a conflict holds all edits until the person has decided", async () => {
  const theirs = { digest: "t", source: "theirs", by: "bob", at: "" };
  const problem = new ProblemError(409, { type: "/conflict", title: "Conflict", theirs, yours: "yours" });
  const store = begin();
  store.apply(says("Hello"));
  store.apply(ends("See you"));
  await server.fail(problem);
  expect(store.get().conflict).toMatchObject({ theirs, yours: "yours" });
  store.apply(ends("Good bye"));
  expect(server.asked).toHaveLength(1);
  store.takeText("yours");
  await settled();
  expect(server.asked[1]).toMatchObject({ what: "replace", base: "t", body: "yours" });
  await server.answer(draftOf("u"));
  expect(server.asked[2]).toMatchObject({ what: "edit", base: "u", body: [ends("Good bye")] });
});

test("their text replaces all that waits", async () => {
  const theirs = { digest: "t", source: "theirs", by: "bob", at: "" };
  const store = begin();
  store.apply(says("Hello"));
  await server.fail(new ProblemError(409, { type: "/conflict", title: "Conflict", theirs, yours: null }));
  server.current = draftOf("t");
  await store.takeTheirs();
  expect([store.get().draft.digest, store.get().pending, store.get().conflict]).toEqual(["t", 0, null]);
});

test("an undo whose answer was lost is not done twice", async () => {
  server.current = draftOf("b", { undo: 2 });
  const store = begin();
  store.undo();
  await server.fail(offline());
  server.current = draftOf("a", { undo: 1, redo: 1 });
  await vi.advanceTimersByTimeAsync(1_000);
  await server.fail(
    new ProblemError(409, { type: "/conflict", title: "Conflict", theirs: null, yours: null }),
  );
  expect(store.get()).toMatchObject({ conflict: null, state: "saved", canUndo: true, canRedo: true });
});

test("the last picture stays while the text cannot be read", async () => {
  const store = begin();
  store.setSource("flow: [");
  store.setSource("flow: [[");
  expect(store.get().source).toBe("flow: [[");
  await server.answer(draftOf("b", { source: "flow: [", model: null, graph: null }));
  await server.answer(draftOf("c", { source: "flow: [[", model: null, graph: null }));
  expect(store.get()).toMatchObject({ stale: true, source: "flow: [[" });
  expect(store.get().graph.steps).toHaveLength(2);
});

const INVALID = new ProblemError(422, { type: "/invalid", title: "Invalid", detail: "not here" });

test("the undo of an edit that is refused takes nothing else back", async () => {
  server.current = draftOf("a", { undo: 3 });
  const store = begin();
  store.apply(says("Hello"));
  store.undo();
  store.apply(ends("See you"));
  await server.fail(INVALID);
  expect(server.asked.map((one) => one.what)).toEqual(["edit", "edit"]);
  expect(server.asked[1]?.body).toEqual([ends("See you")]);
});

test("an undo shows at once, also while the console cannot be reached", async () => {
  const store = begin();
  store.apply(says("Hello"));
  await server.fail(offline());
  store.undo();
  expect(store.get().model.steps).toMatchObject({ one: "Hi" });
  expect([store.get().pending, store.get().canUndo]).toEqual([2, false]);
});

test("an answer that is older than the last edit is not taken", async () => {
  const store = begin();
  let late: (draft: Draft) => void = () => {};
  server.api.read = () => new Promise((yes) => (late = yes));
  const refreshed = store.refresh();
  store.apply(says("Hello"));
  await server.answer(draftOf("b"));
  late(draftOf("a"));
  await refreshed;
  expect(store.get().draft.digest).toBe("b");
});

test("one's own edits can be made in the text of the other one", async () => {
  const theirs = { digest: "t", source: "theirs", by: "bob", at: "" };
  const store = begin();
  store.apply(says("Hello"));
  store.apply(ends("See you"));
  store.undo();
  await server.fail(new ProblemError(409, { type: "/conflict", title: "Conflict", theirs, yours: "yours" }));
  expect(store.mayTakeBoth).toBe(true);
  store.takeBoth();
  expect(server.asked.slice(1)).toMatchObject([{ what: "edit", base: "t", body: [says("Hello")] }]);
  expect(store.get()).toMatchObject({ pending: 1, conflict: null });
});

test("very many operations are several edits", async () => {
  const store = begin();
  store.apply(...Array.from({ length: 120 }, (_, number) => says(`Hello ${number}`)));
  expect(store.get().pending).toBe(3);
  await server.answer(draftOf("b"));
  expect(server.asked.map((one) => (one.body as Operation[]).length)).toEqual([50, 50]);
});

test("an edit that is made when the page is left is sent all the same", async () => {
  const store = begin();
  stop();
  store.apply(says("Hello"));
  await server.answer(draftOf("b"));
  expect([server.asked.length, store.get().pending]).toEqual([1, 0]);
});
