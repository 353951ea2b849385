import type { Edge as DrawnEdge, Node } from "@xyflow/react";
import type { Texts } from "../../../../texts";
import { keeping } from "../draft/keeping";
import type { Edge, FlowProblem, FlowWarning, Graph, Step, Values } from "../draft/types";
import { stepValues } from "../draft/values";
import { describe, edgeLabel } from "../steps/describe";
import { START } from "../steps/layoutStore";
import type { Box, Line } from "./arrange";
import type { Point } from "./routes";
import { heightOf, portTop, START_WIDTH, WIDTH } from "./sizes";

/** A port: where an edge leaves a step. target: the step that it leads to, `end` or `hand_off`. */
export type Port = { id: string; label: string; edge: Edge; ends: "end" | "hand_off" | null };

export type StepData = {
  name: string;
  kind: string;
  words: string;
  ports: Port[];
  rows: boolean;
  errors: number;
  warnings: number;
  reachable: boolean;
  here: number;
  leave: number;
};
export type StartData = { triggers: string[]; ports: Port[]; first: string };
export type StepNode = Node<StepData, "step">;
export type StartNode = Node<StartData, "start">;
export type FlowNode = StepNode | StartNode;
/** bends: the corners of its line, around other steps. */
export type FlowEdge = DrawnEdge<{ edge: Edge | null; bends?: Point[] }>;

/** Numbers of a step: conversations that wait in it, and the share of runs that customers left there, in percent. */
export type Counters = ReadonlyMap<string, { here: number; leave: number }>;

export type Facts = {
  graph: Graph;
  model: Values;
  problems: readonly FlowProblem[];
  warnings: readonly FlowWarning[];
  counters: Counters;
};

const HANDLE = { width: 12, height: 12 };

/** Returns the ports of a step: one for each option, branch, outcome and time-out. */
export function portsOf(step: Step, graph: Graph, model: Values, t: Texts["builder"]): Port[] {
  return step.ports.flatMap((place, index) => {
    const edge = graph.edges[place];
    if (!edge || edge.written === null) return [];
    const ends = edge.target === "end" || edge.target === "hand_off" ? edge.target : null;
    return [{ id: `p${index}`, label: edgeLabel(edge, model, t), edge, ends }];
  });
}

/** Returns whether the ports have rows: a single way on leaves at the bottom and needs no words. */
const needRows = (ports: readonly Port[]) =>
  ports.length > 1 || ports.some((port) => port.label !== "" || port.ends !== null);

/** Returns what the nodes show, by step; the same object as before for a step that shows the same, and for all. */
export function stepData(
  facts: Facts,
  before: ReadonlyMap<string, StepData>,
  t: Texts["builder"],
): ReadonlyMap<string, StepData> {
  const found = new Map<string, StepData>();
  const errors = counted(facts.problems.map((one) => stepOf(one.where, facts.graph)));
  const warnings = counted(facts.warnings.map((one) => one.step));
  for (const step of facts.graph.steps) {
    const ports = portsOf(step, facts.graph, facts.model, t);
    const counters = facts.counters.get(step.name);
    const data: StepData = {
      name: step.name,
      kind: step.kind,
      words: describe(stepValues(facts.model, step.name), t),
      ports,
      rows: needRows(ports),
      errors: errors.get(step.name) ?? 0,
      warnings: warnings.get(step.name) ?? 0,
      reachable: step.reachable,
      here: counters?.here ?? 0,
      leave: counters?.leave ?? 0,
    };
    found.set(step.name, keeping(before.get(step.name), data));
  }
  const names = [...before.keys()];
  const all = [...found].every(([name, data], place) => name === names[place] && data === before.get(name));
  return all && names.length === found.size ? before : found;
}

/** Returns the step that a problem or warning is about; empty: the flow itself. where: as the problem names it. */
export const stepOf = (where: string, graph: Graph) =>
  graph.steps.some((step) => step.name === where) ? where : "";

function counted(names: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const name of names) found.set(name, (found.get(name) ?? 0) + 1);
  return found;
}

/** Returns what the start shows: the words that begin the flow, and the time-out of the whole. */
export function startData(facts: Facts, triggers: string[], t: Texts["builder"]): StartData {
  const ports = facts.graph.edges.flatMap((edge): Port[] =>
    edge.source === ""
      ? [{ id: "timeout", label: edgeLabel(edge, facts.model, t), edge, ends: endOf(edge) }]
      : [],
  );
  return { triggers, ports, first: facts.graph.start };
}

const endOf = (edge: Edge) => (edge.target === "end" || edge.target === "hand_off" ? edge.target : null);

export const startHeight = (data: StartData) => heightOf(data.triggers.length > 0, data.ports.length);

export const heightOfStep = (data: StepData) =>
  heightOf(data.words !== "", data.rows ? data.ports.length : 0);

/** Returns the places of a step's handles, so that edges can be drawn before the node is. */
export function handlesOf(data: StepData): NonNullable<Node["handles"]> {
  const target = { type: "target" as const, position: "top" as never, x: WIDTH / 2 - 6, y: -6, ...HANDLE };
  if (!data.rows) {
    const y = heightOfStep(data) - 6;
    const next = data.ports.map(({ id }) => ({
      id,
      type: "source" as const,
      position: "bottom" as never,
      x: WIDTH / 2 - 6,
      y,
      ...HANDLE,
    }));
    return [target, ...next];
  }
  const rows = data.ports.map(({ id }, place) => ({
    id,
    type: "source" as const,
    position: "right" as never,
    x: WIDTH - 6,
    y: portTop(data.words !== "", place) - 6,
    ...HANDLE,
  }));
  return [target, ...rows];
}

/** Returns the places of the start's handles. */
export function startHandles(data: StartData): NonNullable<Node["handles"]> {
  const first = {
    id: "first",
    type: "source" as const,
    position: "bottom" as never,
    x: START_WIDTH / 2 - 6,
    y: startHeight(data) - 6,
    ...HANDLE,
  };
  const rows = data.ports.map(({ id }, place) => ({
    id,
    type: "source" as const,
    position: "right" as never,
    x: START_WIDTH - 6,
    y: portTop(data.triggers.length > 0, place) - 6,
    ...HANDLE,
  }));
  return [first, ...rows];
}

/** Returns the edges to draw, those of before that are the same; those to the end and to people are signs at their ports instead. */
export function drawnEdges(
  steps: ReadonlyMap<string, StepData>,
  start: StartData,
  selected: string | null,
  before: readonly FlowEdge[] = [],
): FlowEdge[] {
  const found: FlowEdge[] = [];
  const old = new Map(before.map((edge) => [edge.id, edge]));
  const add = (source: string, handle: string, edge: Edge | null, target: string) => {
    if (!steps.has(target)) return;
    const id = `${source} ${handle}`;
    const drawn: FlowEdge = {
      id,
      type: "way",
      source,
      sourceHandle: handle,
      target,
      data: { edge },
      reconnectable: "target",
      ariaLabel: `${source.replace(START, "")} → ${target}`,
      className: edge === null || edge.implicit ? "implicit" : undefined,
      ...(selected !== null && (source === selected || target === selected)
        ? { zIndex: 1, animated: false }
        : {}),
    };
    found.push(keeping(old.get(id), drawn));
  };
  add(START, "first", null, start.first);
  for (const port of start.ports) add(START, port.id, port.edge, port.edge.target);
  for (const data of steps.values())
    for (const port of data.ports) add(data.name, port.id, port.edge, port.edge.target);
  return found;
}

/** Returns boxes and lines for arranging. */
export function boxesOf(
  steps: ReadonlyMap<string, StepData>,
  start: StartData,
): { boxes: Box[]; lines: Line[] } {
  const boxes = [
    { name: START, width: START_WIDTH, height: startHeight(start) },
    ...[...steps.values()].map((data) => ({ name: data.name, width: WIDTH, height: heightOfStep(data) })),
  ];
  const lines = drawnEdges(steps, start, null).map(({ source, target }) => ({ source, target }));
  return { boxes, lines };
}
