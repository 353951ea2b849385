import * as dagre from "@dagrejs/dagre";
import type { Position } from "../steps/layoutStore";

export type Box = { name: string; width: number; height: number };
export type Line = { source: string; target: string };

/** Returns places for all boxes, from top to bottom along the lines; the same for the same flow. */
export function arranged(boxes: readonly Box[], lines: readonly Line[]): Map<string, Position> {
  const graph = new dagre.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 56, ranksep: 64, edgesep: 16, marginx: 24, marginy: 24 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { name, width, height } of boxes) graph.setNode(name, { width, height });
  const names = new Set(boxes.map((box) => box.name));
  lines.forEach(({ source, target }, place) => {
    if (names.has(source) && names.has(target) && source !== target) {
      graph.setEdge(source, target, {}, String(place));
    }
  });
  dagre.layout(graph);
  return new Map(
    boxes.map(({ name, width, height }) => {
      const { x = 0, y = 0 } = graph.node(name) as { x?: number; y?: number };
      return [name, { x: Math.round(x - width / 2), y: Math.round(y - height / 2) }];
    }),
  );
}

/** Returns a free place for a box below another one, or below all. */
export function freePlace(
  box: Box,
  above: (Position & Box) | undefined,
  others: readonly (Position & Box)[],
): Position {
  const lowest = Math.max(0, ...others.map((one) => one.y + one.height));
  const place = above ? { x: above.x, y: above.y + above.height + 64 } : { x: 24, y: lowest + 64 };
  const overlaps = () =>
    others.some(
      (one) =>
        place.x < one.x + one.width + 24 &&
        one.x < place.x + box.width + 24 &&
        place.y < one.y + one.height + 24 &&
        one.y < place.y + box.height + 24,
    );
  for (let tried = 0; tried < 40 && overlaps(); tried++) place.x += box.width + 56;
  return place;
}
