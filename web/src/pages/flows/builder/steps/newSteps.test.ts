import { expect, test } from "vitest";
import type { Edge, Graph, Operation, Step, Values } from "../draft/types";
import { applied, stepNames } from "../draft/values";
import {
  copiedSteps,
  copiedText,
  freeName,
  insertedApart,
  insertedOn,
  looksLikeSteps,
  pasted,
  putBetween,
  standsAlone,
  usesFollowing,
  withoutWay,
  wrongName,
} from "./newSteps";

const step = (name: string, kind: string, ports: number[]): Step => ({
  name,
  kind,
  words: "",
  line: 1,
  valid: true,
  waits: false,
  reachable: true,
  ports,
  titles: [],
});

const edge = (source: string, target: string, path: (string | number)[], implicit = true): Edge => ({
  source,
  target,
  label: "",
  path: ["steps", source, ...path],
  written: ["steps", source, ...path],
  implicit,
  line: 1,
});

const MODEL: Values = {
  steps: { one: "1", two: { choose: "2", options: { A: "end" } }, three: { end: "3" }, four: "4" },
};
const GRAPH: Graph = {
  start: "one",
  steps: [
    step("one", "say", [0]),
    step("two", "choose", [1, 2]),
    step("three", "end", []),
    step("four", "say", [3]),
  ],
  edges: [
    edge("one", "two", ["next"]),
    edge("two", "end", ["options", "A"], false),
    edge("two", "hand_off", ["else"]),
    edge("four", "end", ["next"]),
  ],
};

const names = (ops: Operation[]) => stepNames(ops.reduce(applied, MODEL));

test("steps that continue by their place are known", () => {
  expect(["one", "two", "three", "four"].map((name) => usesFollowing(GRAPH, name))).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test("a new step on the way to the next one goes between", () => {
  const ops = insertedOn(GRAPH, GRAPH.edges[0] as Edge, "new", "say", { text: "x" });
  expect(ops).toEqual([{ op: "insert_step", name: "new", after: "one", step: { text: "x" } }]);
});

test("a new step at an option stands where nothing else continues with it, and ends there", () => {
  const ops = insertedOn(GRAPH, GRAPH.edges[1] as Edge, "new", "say", { text: "x" });
  expect(names(ops)).toEqual(["one", "two", "new", "three", "four"]);
  expect(ops[0]).toMatchObject({ after: "two", step: { text: "x", next: "end" } });
  expect(ops[1]).toEqual({ op: "connect", edge: ["steps", "two", "options", "A"], to: "new" });
});

test("behind a last step that ended the flow by its place, that end is written", () => {
  const ops = insertedApart(GRAPH, "new", "say", { text: "x" }, "four");
  expect(ops[0]).toEqual({ op: "set", path: ["steps", "four", "next"], value: "end" });
  expect(names(ops).at(-1)).toBe("new");
});

test("names are free", () => {
  expect(freeName(["say", "say_2"], "say")).toBe("say_3");
  expect(freeName([], "end")).toBe("end_2");
});

test("copied steps lead to each other under their new names, and to nothing that is not there", () => {
  const steps = copiedSteps(
    copiedText({ one: { text: "1", next: "two" }, two: { choose: "2", options: { A: "gone", B: "one" } } }),
  );
  const { ops, names: made, lost } = pasted(GRAPH, steps ?? {}, "two");
  expect(made).toEqual(["one_2", "two_2"]);
  expect(lost).toEqual(["gone"]);
  const found = ops.reduce(applied, MODEL).steps as Values;
  expect(found.one_2).toMatchObject({ next: "two_2" });
  expect(found.two_2).toMatchObject({ options: { A: "end", B: "one_2" }, next: "end" });
  expect(copiedSteps("hello")).toBeNull();
});

test("a way that is taken away leads to the step below, or ends the flow", () => {
  const option = GRAPH.edges[1] as Edge;
  expect(withoutWay(GRAPH, option)).toEqual({
    ops: [{ op: "connect", edge: option.path, to: null }],
    to: "three",
  });
  expect(withoutWay(GRAPH, { ...option, target: "three" }).to).toBe("end");
  expect(withoutWay(GRAPH, GRAPH.edges[0] as Edge)).toMatchObject({ ops: [{ to: "end" }], to: "end" });
  expect(withoutWay(GRAPH, edge("two", "one", ["timeout"], false)).to).toBeNull();
  expect(withoutWay(GRAPH, edge("two", "one", ["branch", 0], false)).to).toBe("end");
});

test("only a step to which nothing leads is put into a way, and leads on", () => {
  expect(["one", "two", "four"].map((name) => standsAlone(GRAPH, name))).toEqual([false, false, true]);
  expect(putBetween(GRAPH, GRAPH.edges[0] as Edge, "four")).toEqual([
    { op: "connect", edge: ["steps", "four", "next"], to: "two" },
    { op: "connect", edge: ["steps", "one", "next"], to: "four" },
  ]);
  expect(putBetween(GRAPH, null, "three")).toEqual([
    { op: "move_step", name: "three", after: null, keep_implicit: false },
  ]);
});

test("a text is pasted only if it looks like steps", () => {
  expect(looksLikeSteps("  hello:\n    text: Hi\n")).toBe(true);
  expect(looksLikeSteps("flow: x\nsteps:\n  a: # first\n    end: Bye\n")).toBe(true);
  expect(["Hello: you", "note:\n  buy milk: 2", ""].some(looksLikeSteps)).toBe(false);
});

test("a step gets no name that another one has", () => {
  expect([
    wrongName(GRAPH, "one", "two"),
    wrongName(GRAPH, "one", "one"),
    wrongName(GRAPH, "one", "end"),
    wrongName(GRAPH, "one", "1"),
  ]).toEqual(["taken", null, "taken", "form"]);
});
