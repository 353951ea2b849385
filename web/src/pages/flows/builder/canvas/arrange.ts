import * as dagre from "@dagrejs/dagre";
import type { Position } from "../steps/layoutStore";

export type Box = { name: string; width: number; height: number };
export type Line = { source: string; target: string };

/** A line over so many rows does not decide where boxes stand. */
const LONG = 6;

/** From so many boxes on, arranging is quicker and a little less tight. */
const MANY = 120;

/** Returns places for all boxes, from top to bottom along the lines; the same for the same flow. */
export function arranged(boxes: readonly Box[], lines: readonly Line[]): Map<string, Position> {
  const graph = new dagre.Graph({ multigraph: true });
  const ranker = boxes.length > MANY ? "tight-tree" : "network-simplex";
  graph.setGraph({
    rankdir: "TB",
    rankalign: "top",
    ranker,
    nodesep: 64,
    ranksep: 68,
    edgesep: 16,
    marginx: 24,
    marginy: 24,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { name, width, height } of boxes) graph.setNode(name, { width, height });
  short(boxes, forward(boxes, lines)).forEach(({ source, target }, place) => {
    graph.setEdge(source, target, {}, String(place));
  });
  dagre.layout(graph);
  return new Map(
    boxes.map(({ name, width, height }) => {
      const { x = 0, y = 0 } = graph.node(name) as { x?: number; y?: number };
      return [name, { x: Math.round(x - width / 2), y: Math.round(y - height / 2) }];
    }),
  );
}

/**
 * Returns the lines without those that lead back to where one came from: a loop would pull steps apart, and long ones
 * make arranging four times as slow.
 */
function forward(boxes: readonly Box[], lines: readonly Line[]): Line[] {
  const from = new Map<string, Line[]>(boxes.map((box) => [box.name, []]));
  for (const line of lines) if (from.has(line.target)) from.get(line.source)?.push(line);
  const kept: Line[] = [];
  const done = new Set<string>();
  const trail = new Set<string>();
  for (const { name } of boxes) {
    const rest: { name: string; next: number }[] = done.has(name) ? [] : [{ name, next: 0 }];
    if (rest.length) trail.add(name);
    for (let top = rest.at(-1); top; top = rest.at(-1)) {
      const line = from.get(top.name)?.[top.next++];
      if (!line) {
        done.add(top.name);
        trail.delete(top.name);
        rest.pop();
      } else if (!trail.has(line.target)) {
        kept.push(line);
        if (!done.has(line.target)) {
          trail.add(line.target);
          rest.push({ name: line.target, next: 0 });
        }
      }
    }
  }
  return kept;
}

/**
 * Returns the lines without those that pass many rows, as those of dozens of steps to one last step do. Each would be
 * given a place in every row that it passes, which took seconds for 300 boxes; each box keeps the line from the row
 * above it. lines: none of them leads back.
 */
function short(boxes: readonly Box[], lines: readonly Line[]): Line[] {
  const from = new Map<string, string[]>(boxes.map((box) => [box.name, []]));
  const above = new Map(boxes.map((box) => [box.name, 0]));
  for (const { source, target } of lines) {
    from.get(source)?.push(target);
    above.set(target, (above.get(target) ?? 0) + 1);
  }
  const row = new Map<string, number>();
  const rest = boxes.filter((box) => above.get(box.name) === 0).map((box) => box.name);
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    const own = row.get(name) ?? 0;
    for (const target of from.get(name) ?? []) {
      row.set(target, Math.max(row.get(target) ?? 0, own + 1));
      const left = (above.get(target) ?? 0) - 1;
      above.set(target, left);
      if (left === 0) rest.push(target);
    }
  }
  return lines.filter(({ source, target }) => (row.get(target) ?? 0) - (row.get(source) ?? 0) <= LONG);
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
