/** A step on the canvas, for lines that go around it. */
export type Box = { name: string; left: number; right: number; top: number; bottom: number };

/** Places that are taken, from one to another. */
export type Fence = readonly [number, number];

type Point = { x: number; y: number };

/** Returns where upright lines between two heights would run into boxes; in order, joined. */
export const inColumns = (boxes: readonly Box[], one: number, other: number, away: number) =>
  joined(
    boxes
      .filter((box) => box.top - away < Math.max(one, other) && Math.min(one, other) < box.bottom + away)
      .map((box) => [box.left - away + 1, box.right + away - 1] as const),
  );

/** Returns where level lines between two places would run into boxes. */
export const inRows = (boxes: readonly Box[], one: number, other: number, away: number) =>
  joined(
    boxes
      .filter((box) => box.left - away < Math.max(one, other) && Math.min(one, other) < box.right + away)
      .map((box) => [box.top - away + 1, box.bottom + away - 1] as const),
  );

function joined(fences: Fence[]): Fence[] {
  const found: [number, number][] = [];
  for (const [from, to] of fences.sort((one, other) => one[0] - other[0])) {
    const last = found.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else found.push([from, to]);
  }
  return found;
}

/** Returns the nearest place that is free, upwards (1) or downwards (-1). */
export function nearest(fences: readonly Fence[], place: number, direction: 1 | -1): number {
  const fence = fences.find(([from, to]) => from < place && place < to);
  return fence ? (direction === 1 ? fence[1] + 1 : fence[0] - 1) : place;
}

/** Returns how many boxes a straight line runs through. */
export function hits(boxes: readonly Box[], from: Point, to: Point): number {
  const [left, right] = from.x < to.x ? [from.x, to.x] : [to.x, from.x];
  const [top, bottom] = from.y < to.y ? [from.y, to.y] : [to.y, from.y];
  let count = 0;
  for (const box of boxes)
    if (box.left + 1 < right && left < box.right - 1 && box.top + 1 < bottom && top < box.bottom - 1)
      count += 1;
  return count;
}
