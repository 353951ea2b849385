import { expect, test } from "vitest";
import { inOrder } from "../forms/options";
import { redrawn } from "./optimistic";
import type { Edge, Graph } from "./types";

const edge = (target: string, path: (string | number)[]): Edge => ({
  source: "menu",
  target,
  label: "",
  path: ["steps", "menu", ...path],
  written: ["steps", "menu", ...path],
  implicit: false,
  line: 1,
});

const shown = (graph: Graph) => graph.edges.map((one) => `${one.path.slice(2).join(" ")} ${one.target}`);

test("moved options keep their names, and moved conditions get those of their places", () => {
  const options = [
    edge("a", ["options", "A"]),
    edge("b", ["options", "B"]),
    edge("c", ["options", "C"]),
    edge("d", ["else"]),
  ];
  const graph: Graph = { start: "menu", steps: [], edges: options };
  expect(shown(redrawn(graph, { op: "move", path: ["steps", "menu", "options", "A"], to: 1 }))).toEqual([
    "options B b",
    "options A a",
    "options C c",
    "else d",
  ]);
  const cases = { ...graph, edges: [edge("a", ["branch", 0]), edge("b", ["branch", 1])] };
  expect(shown(redrawn(cases, { op: "move", path: ["steps", "menu", "branch", 1], to: 0 }))).toEqual([
    "branch 0 b",
    "branch 1 a",
  ]);
});

test("buttons are moved and renamed in the order of the file, also where JavaScript has another one", () => {
  const titles = ["Two", "2", "1"];
  const step = { name: "hello", kind: "say", words: "", line: 1, valid: true, waits: false, reachable: true };
  const graph: Graph = { start: "hello", steps: [{ ...step, ports: [], titles }], edges: [] };
  const after = (operation: Parameters<typeof redrawn>[1]) => redrawn(graph, operation).steps[0]?.titles;
  const path = ["steps", "hello", "buttons", "1"];
  expect(after({ op: "move", path, to: 0 })).toEqual(["1", "Two", "2"]);
  expect(after({ op: "rename_key", path, to: "One" })).toEqual(["Two", "2", "One"]);
  expect(inOrder(Object.keys({ Two: "a", "2": "b", "1": "c", New: "d" }), titles)).toEqual([
    ...titles,
    "New",
  ]);
});
