import type { Texts } from "../../../../texts";
import type { Edge, Graph, Step, Values } from "../draft/types";
import { edgeLabel } from "../steps/describe";

/** A line of the outline: a step, or below it one of its ways. id: the same while the line is the same. */
export type Row =
  | { id: string; step: Step; edge: null; label: string; place: number; count: number }
  | { id: string; step: Step; edge: Edge; label: string; place: number; count: number };

/** Returns the lines of the outline; the ways of steps that are open. */
export function rowsOf(graph: Graph, model: Values, open: ReadonlySet<string>, t: Texts["builder"]): Row[] {
  return graph.steps.flatMap((step, place): Row[] => {
    const own: Row = { id: step.name, step, edge: null, label: step.name, place, count: graph.steps.length };
    if (!open.has(step.name)) return [own];
    const ways = waysOf(graph, step);
    return [
      own,
      ...ways.map(
        (edge, at): Row => ({
          id: `${step.name} ${edge.path.slice(2).join(" ")}`,
          step,
          edge,
          label: edgeLabel(edge, model, t) || t.portNext,
          place: at,
          count: ways.length,
        }),
      ),
    ];
  });
}

/** Returns the ways of a step that can lead elsewhere. */
export const waysOf = (graph: Graph, step: Step): Edge[] =>
  step.ports.flatMap((place) => {
    const edge = graph.edges[place];
    return edge && edge.written !== null ? [edge] : [];
  });
