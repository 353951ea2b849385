import { expect, test } from "vitest";
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
