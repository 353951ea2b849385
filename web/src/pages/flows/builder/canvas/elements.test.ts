import { expect, test } from "vitest";
import { CATALOGUES, type Texts } from "../../../../texts";
import { builder } from "../../../../texts/en/builder";
import type { Edge, Graph, Step, Values } from "../draft/types";
import { arranged, freePlace } from "./arrange";
import {
  boxesOf,
  drawnEdges,
  handlesOf,
  heightOfStep,
  portsOf,
  startData,
  stepData,
  stepOf,
} from "./elements";
import { walked } from "./walk";

const t = builder as Texts["builder"];
const NOTHING = { problems: [], warnings: [], counters: new Map() };

const MODEL: Values = {
  flow: "menu",
  steps: {
    hello: "Hello",
    menu: { choose: "What?", options: { 2: "order", 1: "end" }, timeout: { after: "2h", then: "order" } },
    order: { branch: [{ if: "x > 1", then: "menu" }] },
    bye: { end: "Bye" },
  },
};

function step(name: string, kind: string, ports: number[]): Step {
  return { name, kind, words: "", line: 1, valid: true, waits: false, reachable: true, ports, titles: [] };
}

function edge(source: string, target: string, path: (string | number)[], label = "", implicit = false): Edge {
  return {
    source,
    target,
    label,
    path: ["steps", source, ...path],
    written: ["steps", source, ...path],
    implicit,
    line: 1,
  };
}

const GRAPH: Graph = {
  start: "hello",
  steps: [
    step("hello", "say", [0]),
    step("menu", "choose", [1, 2, 3, 4]),
    step("order", "branch", [5, 6]),
    step("bye", "end", [7]),
  ],
  edges: [
    edge("hello", "menu", ["next"], "", true),
    edge("menu", "order", ["options", "2"], "2"),
    edge("menu", "end", ["options", "1"], "1"),
    edge("menu", "hand_off", ["else"], "does not fit", true),
    edge("menu", "order", ["timeout"], "after 2h"),
    edge("order", "menu", ["branch", 0], "x > 1"),
    edge("order", "bye", ["else"], "else", true),
    { ...edge("bye", "end", ["end"]), written: null },
  ],
};

const facts = { graph: GRAPH, model: MODEL, ...NOTHING };
const start = startData(facts, [], t);

test("there is a port for each option, branch and time-out, in the order of the file", () => {
  const menu = portsOf(GRAPH.steps[1] as Step, GRAPH, MODEL, t);
  expect(menu.map((port) => [port.label, port.ends])).toEqual([
    ["2", null],
    ["1", "end"],
    ["Does not fit", "hand_off"],
    ["No answer for 2 hours", null],
  ]);
  expect(portsOf(GRAPH.steps[2] as Step, GRAPH, MODEL, t).map((port) => port.label)).toEqual([
    "x > 1",
    "Otherwise",
  ]);
  expect(portsOf(GRAPH.steps[3] as Step, GRAPH, MODEL, t)).toEqual([]);
});

test("a single way on leaves at the bottom; others have rows, whose handles are inside the node", () => {
  const data = stepData(facts, new Map(), t);
  const handles = (name: string) => handlesOf(data.get(name) as never);
  expect(handles("hello").map((one) => one.position)).toEqual(["top", "bottom"]);
  expect(handles("menu").map((one) => one.position)).toEqual(["top", "right", "right", "right", "right"]);
  expect(handles("menu").every((one) => one.y < heightOfStep(data.get("menu") as never))).toBe(true);
});

test("a step that shows the same keeps its object, so that it is not drawn again", () => {
  const first = stepData(facts, new Map(), t);
  const again = stepData(
    { ...facts, problems: [{ file: "", line: 3, where: "menu", message: "no", path: [] }] },
    first,
    t,
  );
  expect(again.get("hello")).toBe(first.get("hello"));
  expect(again.get("menu")).not.toBe(first.get("menu"));
});

test("ways to the end and to people are no lines, and dashed lines follow from the order", () => {
  const drawn = drawnEdges(stepData(facts, new Map(), t), start, null);
  expect(drawn.map((one) => [one.source, one.target, one.className ?? ""])).toEqual([
    [".start", "hello", "implicit"],
    ["hello", "menu", "implicit"],
    ["menu", "order", ""],
    ["menu", "order", ""],
    ["order", "menu", ""],
    ["order", "bye", "implicit"],
  ]);
});

test("a step to which very many lead stands below all, and is no reason for long lines", () => {
  const names = Array.from({ length: 300 }, (_, place) => `s${place}`);
  const boxes = names.map((name) => ({ name, width: 264, height: 90 }));
  const lines = names.slice(0, -1).flatMap((source, place) => [
    { source, target: names[place + 1] as string },
    { source, target: "s299" },
  ]);
  const places = arranged(boxes, lines);
  const rows = names.map((name) => places.get(name)?.y ?? 0);
  expect(rows.every((y, place) => place === 0 || y > (rows[place - 1] as number))).toBe(true);
});

test("arranging puts every step below what leads to it, without overlaps, and always the same", () => {
  const { boxes, lines } = boxesOf(stepData(facts, new Map(), t), start);
  const places = arranged(boxes, lines);
  const y = (name: string) => places.get(name)?.y ?? 0;
  expect(
    y(".start") < y("hello") && y("hello") < y("menu") && y("menu") < y("order") && y("order") < y("bye"),
  ).toBe(true);
  expect(arranged(boxes, lines)).toEqual(places);
  const box = boxes[1] as never;
  const others = boxes.map((one) => ({ ...one, ...(places.get(one.name) as { x: number; y: number }) }));
  const free = freePlace(box, others[1], others);
  expect(others.some((one) => one.x === free.x && one.y === free.y)).toBe(false);
});

test("arrow keys follow the ways", () => {
  expect(walked(GRAPH, null, "ArrowDown")).toBe("hello");
  expect(walked(GRAPH, "hello", "ArrowDown")).toBe("menu");
  expect(walked(GRAPH, "order", "ArrowUp")).toBe("menu");
  expect(walked(GRAPH, "bye", "ArrowLeft")).toBe("menu");
  expect(walked(GRAPH, "bye", "ArrowDown")).toBeNull();
});

test("problems belong to the step that they name", () => {
  expect(stepOf("menu", GRAPH)).toBe("menu");
  expect(stepOf("triggers", GRAPH)).toBe("");
  expect(CATALOGUES).toHaveProperty("es");
});
