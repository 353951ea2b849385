import type { Texts } from "../../../../texts";
import type { Edge, Graph, Operation, Path, Values } from "../draft/types";
import { isValues } from "../draft/types";
import { KINDS, type Kind } from "../kinds";

/** Returns a name that no step has: `say`, `say_2`, … */
export function freeName(taken: Iterable<string>, wanted: string): string {
  const names = new Set([...taken, "end", "hand_off", "pass"]);
  const stem = wanted.replace(/_\d+$/, "");
  if (!names.has(wanted)) return wanted;
  for (let number = 2; ; number++) if (!names.has(`${stem}_${number}`)) return `${stem}_${number}`;
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

/** Returns what is wrong with a new name of a step: `form`, `taken`, or nothing. */
export function wrongName(graph: Graph, from: string, to: string): "form" | "taken" | null {
  if (!NAME.test(to)) return "form";
  const taken = ["end", "hand_off", "pass", ...graph.steps.map((step) => step.name)];
  return to !== from && taken.includes(to) ? "taken" : null;
}

/** Returns a typed name as one that a step may have: without spaces. */
export const asName = (typed: string) => typed.trim().replace(/\s+/g, "_");

/** Returns the name of a new step of a kind. */
export const nameOf = (taken: Iterable<string>, kind: Kind) =>
  freeName(taken, { end: "the_end", hand_off: "person" }[kind as string] ?? kind);

/** Returns the values that a new step of a kind begins with. */
export function newValues(kind: Kind, graph: Graph, t: Texts["builder"]): Values {
  const begin = t.begin;
  switch (kind) {
    case "say":
      return { text: begin.say };
    case "choose":
      return { choose: begin.choose, options: [begin.yes, begin.no] };
    case "ask":
      return { ask: begin.ask, save: "reply" };
    case "media":
      return { image: "https://example.com/picture.jpg" };
    case "template":
      return { template: "template_name" };
    case "branch":
      return { branch: [{ if: "customer.qualified", then: "end" }] };
    case "set":
      return { set: { note: "" } };
    case "call":
      return { call: "shop.menu" };
    case "ai":
      return { ai: begin.ai };
    case "wait":
      return { wait: "1h" };
    case "jump":
      return { jump: graph.start || "end" };
    case "sub_flow":
      return { sub_flow: "welcome" };
    case "customer":
      return { add_tags: [begin.tag] };
    case "hand_off":
      return { hand_off: begin.handOff };
    case "end":
      return { end: begin.end };
  }
}

/** Returns the step below each step of the file; `end` below the last. */
export function followingOf(graph: Graph): Map<string, string> {
  return new Map(graph.steps.map((step, place) => [step.name, graph.steps[place + 1]?.name ?? "end"]));
}

/** Returns whether a step continues with the one below it in the file. */
export function usesFollowing(graph: Graph, name: string): boolean {
  const below = followingOf(graph).get(name);
  return graph.edges.some(
    (edge) =>
      edge.source === name &&
      edge.implicit &&
      edge.written !== null &&
      edge.target === below &&
      !isQuestionElse(graph, edge),
  );
}

/** The `else` of a question leads to people unless it is written; that of a branch leads on. */
function isQuestionElse(graph: Graph, edge: Edge): boolean {
  const kind = graph.steps.find((step) => step.name === edge.source)?.kind;
  return edge.path[2] === "else" && kind !== "branch";
}

const WITHOUT_NEXT: readonly string[] = ["jump", "end", "hand_off"];

/** Returns a step that leads to another one when nothing else in it does. */
export const leadingTo = (kind: string, values: Values, target: string): Values =>
  WITHOUT_NEXT.includes(kind) || "next" in values ? values : { ...values, next: target };

/**
 * Returns the operations that put a step where no other step continues with it by its place in the file. near: the step
 * below which it should stand.
 */
export function insertedApart(
  graph: Graph,
  name: string,
  kind: string,
  values: Values,
  near?: string,
): Operation[] {
  const names = graph.steps.map((step) => step.name);
  const from = Math.max(0, near ? names.indexOf(near) : names.length - 1);
  const place = names.findIndex((one, at) => at >= from && !usesFollowing(graph, one));
  if (place >= 0) {
    const after = names[place] as string;
    const isLast = place === names.length - 1;
    return [insertion(name, after, isLast ? values : leadingTo(kind, values, "end"))];
  }
  const last = names.at(-1);
  if (last === undefined) return [];
  // The flow ended behind the last step; it must go on ending there.
  return [{ op: "set", path: ["steps", last, "next"], value: "end" }, insertion(name, last, values)];
}

/** Returns the operations for a new step at the end of an edge, which leads on to where the edge led. */
export function insertedOn(
  graph: Graph,
  edge: Edge,
  name: string,
  kind: string,
  values: Values,
): Operation[] {
  if (isNextEdge(edge) && edge.implicit) return [insertion(name, edge.source, values)];
  if (isNextEdge(edge)) {
    const leads = leadingTo(kind, values, edge.target);
    return [insertion(name, edge.source, leads), connection(edge.path, name)];
  }
  return [...insertedApart(graph, name, kind, values, edge.source), connection(edge.path, name)];
}

/** Returns whether a step can be put between by dropping it on a way: nothing leads to it yet. */
export const standsAlone = (graph: Graph, name: string): boolean =>
  graph.start !== name && !graph.edges.some((edge) => edge.target === name && edge.source !== name);

/** Returns the operations that put a step into a way: the way leads to it, and it leads on to where the way led. */
export function putBetween(graph: Graph, edge: Edge | null, name: string): Operation[] {
  const next = graph.edges.find((one) => one.source === name && isNextEdge(one) && one.written !== null);
  const target = edge ? edge.target : graph.start;
  const first: Operation = edge
    ? connection(edge.path, name)
    : { op: "move_step", name, after: null, keep_implicit: false };
  return next ? [connection(next.path, target), first] : [first];
}

/** The operations that remove a way. to: where it leads after them; null: it is gone. */
export type WayAway = { ops: Operation[]; to: string | null };

/**
 * Returns the operations that take a way away. Where something must follow, the flow goes on with the step below, or ends if
 * that is where the way led already.
 */
export function withoutWay(graph: Graph, edge: Edge): WayAway {
  const key = edge.path.length === 1 ? "timeout" : edge.path[2];
  if (key === "timeout" || key === "outcomes") return { ops: [connection(edge.path, null)], to: null };
  const below = followingOf(graph).get(edge.source) ?? "end";
  const next = graph.edges.find((one) => one.source === edge.source && isNextEdge(one));
  const otherwise = isQuestionElse(graph, edge)
    ? "hand_off"
    : key === "options" && next && !next.implicit
      ? next.target
      : below;
  const mayFollow = !edge.implicit && key !== "branch" && edge.written?.at(-1) !== "jump";
  if (mayFollow && otherwise !== edge.target) return { ops: [connection(edge.path, null)], to: otherwise };
  return { ops: [connection(edge.path, "end")], to: "end" };
}

const isNextEdge = (edge: Edge) => edge.path.length === 3 && edge.path[2] === "next";

export const connection = (edge: Path, to: string | null): Operation => ({
  op: "connect",
  edge: [...edge],
  to,
});

const insertion = (name: string, after: string | null, values: Values): Operation => ({
  op: "insert_step",
  name,
  after,
  step: values,
});

/** Steps as they are copied to other places and flows. */
export type CopiedSteps = { [name: string]: unknown };

export const copiedText = (steps: CopiedSteps) => JSON.stringify({ "parley steps": steps }, null, 2);

/** Returns the steps of a copied text; null: it is something else. */
export function copiedSteps(text: string): CopiedSteps | null {
  try {
    const found = (JSON.parse(text) as Values)["parley steps"];
    return isValues(found) && Object.keys(found).length ? { ...found } : null;
  } catch {
    return null;
  }
}

/** Returns whether a text looks like steps of a flow's file: a name, and below it the keys of a step. */
export function looksLikeSteps(text: string): boolean {
  const keys = Object.values(KINDS).flat().join("|");
  return new RegExp(`^( *)[A-Za-z][\\w-]*:[^\\S\\n]*(#.*)?\\r?\\n\\1 +(${keys}):`, "m").test(text);
}

/**
 * Returns the operations that paste steps, under free names. Targets that are not in this flow become `end`; lost: their
 * names.
 */
export function pasted(
  graph: Graph,
  steps: CopiedSteps,
  near?: string,
): { ops: Operation[]; names: string[]; lost: string[] } {
  const lost = new Set<string>();
  const taken = new Set(graph.steps.map((step) => step.name));
  const renamed = new Map<string, string>();
  for (const name of Object.keys(steps)) {
    const free = freeName([...taken, ...renamed.values()], name);
    renamed.set(name, free);
  }
  const target = (name: unknown) => {
    if (typeof name !== "string" || ["end", "hand_off", "pass"].includes(name)) return name;
    const known = renamed.get(name) ?? (taken.has(name) ? name : null);
    if (known === null) lost.add(name);
    return known ?? "end";
  };
  const entries = Object.entries(steps);
  const values = entries.map(([, step], place): Values => {
    const long: Values = typeof step === "string" ? { text: step } : isValues(step) ? step : {};
    const lead = entries[place + 1];
    const below = lead ? (renamed.get(lead[0]) ?? "end") : "end";
    return leadingTo(kindByKey(long), retarget(long, target), below);
  });
  const names = [...renamed.values()];
  const [first, ...rest] = values;
  const [head, ...others] = names;
  if (!first || !head) return { ops: [], names: [], lost: [] };
  const ops = insertedApart(graph, head, kindByKey(first), first, near);
  others.forEach((name, place) => {
    ops.push(insertion(name, names[place] as string, rest[place] as Values));
  });
  return { ops, names, lost: [...lost] };
}

const kindByKey = (values: Values) => WITHOUT_NEXT.find((key) => key in values) ?? "other";

function retarget(values: Values, target: (name: unknown) => unknown): Values {
  const at = (of: Values): Values =>
    Object.fromEntries(
      Object.entries(of).map(([key, value]) =>
        ["next", "jump", "else", "then"].includes(key) ? [key, target(value)] : [key, value],
      ),
    );
  const option = (value: unknown) => (isValues(value) ? at(value) : target(value));
  const each = (value: unknown): unknown =>
    isValues(value)
      ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, option(one)]))
      : value;
  const found: { [key: string]: unknown } = { ...at(values) };
  if (isValues(values.timeout)) found.timeout = at(values.timeout);
  if (isValues(values.options)) found.options = each(values.options);
  if (isValues(values.outcomes)) found.outcomes = each(values.outcomes);
  if (Array.isArray(values.branch)) found.branch = values.branch.map(option);
  return found;
}
