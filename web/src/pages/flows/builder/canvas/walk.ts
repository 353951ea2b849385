import type { Graph } from "../draft/types";

export type Direction = "ArrowDown" | "ArrowUp" | "ArrowLeft" | "ArrowRight";

/**
 * Returns the step to which an arrow key leads: down along the first edge, up to the first step that leads here, left and
 * right between the steps to which the same one leads.
 */
export function walked(graph: Graph, from: string | null, key: Direction): string | null {
  const names = new Set(graph.steps.map((step) => step.name));
  if (from === null || !names.has(from)) return graph.start || null;
  const targets = (name: string) => [
    ...new Set(
      graph.edges.filter((edge) => edge.source === name && names.has(edge.target)).map((edge) => edge.target),
    ),
  ];
  const order = graph.steps.map((step) => step.name);
  const before = order.filter((name) => targets(name).includes(from));
  const above = before.filter((name) => order.indexOf(name) < order.indexOf(from)).at(-1) ?? before[0];
  if (key === "ArrowDown") return targets(from).find((name) => name !== from) ?? null;
  if (key === "ArrowUp") return above ?? null;
  const beside = above ? targets(above) : [];
  return beside[beside.indexOf(from) + (key === "ArrowRight" ? 1 : -1)] ?? null;
}
