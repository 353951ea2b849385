import { type Box, type Fence, hits, inColumns, inRows, nearest } from "./fences";

export type Point = { x: number; y: number };

/** A way to draw. from: its port; side: where it leaves; to: the middle of the top of its step. */
export type Way = {
  id: string;
  source: string;
  target: string;
  side: "right" | "bottom";
  from: Point;
  to: Point;
};

/** A stretch of a line that is drawn already. at: its x or y. */
type Lane = { at: number; from: number; to: number; target: string };

const AWAY = 14; // between a line and a step
const ABOVE = 22; // an arrow needs so much room
const LANE = 7; // between lines to different steps
const SHIFTS = [0, 1, -1, 2, -2, 3, -3, 4, -4];
const BEND = 25;
const HIT = 4_000;

/** The coordinates of a line: out to x1, along y1 to x2, along yT to the target. Without y1 it goes to x2 at once. */
type Track = { x1: number; y1: number | null; x2: number; yT: number };

/** Returns the corners of each way, around the steps; ways to different steps keep apart. */
export function routed(boxes: readonly Box[], ways: readonly Way[]): Map<string, Point[]> {
  const byName = new Map(boxes.map((box) => [box.name, box]));
  const columns: Lane[] = [];
  const rows: Lane[] = [];
  const found = new Map<string, Point[]>();
  for (const way of ways) {
    const [source, target] = [byName.get(way.source), byName.get(way.target)];
    if (!source || !target) continue;
    const best = cheapest(way, source, target, boxes);
    const points = corners(way, apart(way, best, boxes, columns, rows));
    keep(way, points, columns, rows);
    found.set(way.id, points);
  }
  return found;
}

/** Returns the first of the cheapest lines. Most ways lead to the step below: then no line can be cheaper than the first. */
function cheapest(way: Way, source: Box, target: Box, boxes: readonly Box[]): Track {
  const bound = leastCost(way, source);
  let best: Track | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const track of tracks(way, source, target, boxes)) {
    const cost = costOf(way, corners(way, track), boxes);
    if (cost < least) [best, least] = [track, cost];
    if (least <= bound) break;
  }
  return best as Track;
}

/** Returns a cost that no line of this way can be below. */
function leastCost({ from, to, side }: Way, source: Box): number {
  const down = Math.abs(to.y - from.y);
  if (side === "bottom") return down + Math.abs(to.x - from.x) + (from.x === to.x ? 0 : 2 * BEND);
  const out = source.right + AWAY; // it has to come so far, and to turn there or beyond
  return down + (out - from.x) + Math.abs(to.x - out) + (to.x >= out ? BEND : 3 * BEND);
}

/** Returns lines that could be drawn: straight down, and around on either side. At least one. */
function* tracks(way: Way, source: Box, target: Box, boxes: readonly Box[]): Generator<Track> {
  const yT = target.top - ABOVE;
  const below = source.bottom + AWAY;
  const x1 = way.side === "right" ? source.right + AWAY : way.from.x;
  if (way.side === "right") {
    const fences = inColumns(boxes, way.from.y, yT, AWAY);
    for (const x2 of sides(fences, [x1, way.to.x, target.right + AWAY]))
      if (x2 >= x1) yield { x1: x2, y1: null, x2, yT };
  }
  const fences = inColumns(boxes, below, yT, AWAY);
  const from = [
    x1,
    way.to.x,
    source.left - AWAY,
    source.right + AWAY,
    target.left - AWAY,
    target.right + AWAY,
  ];
  for (const x2 of sides(fences, from)) {
    const y1 = nearest(inRows(boxes, x1, x2, AWAY), below, 1);
    yield { x1, y1, x2, yT };
  }
}

/** Returns the nearest free places on both sides of each place. */
const sides = (fences: readonly Fence[], places: readonly number[]) => [
  ...new Set(places.flatMap((place) => [nearest(fences, place, -1), nearest(fences, place, 1)])),
];

function costOf(way: Way, points: readonly Point[], boxes: readonly Box[]): number {
  const line = [way.from, ...points, way.to];
  let cost = BEND * points.length;
  for (let place = 1; place < line.length; place++) {
    const [from, to] = [line[place - 1] as Point, line[place] as Point];
    cost += Math.abs(to.x - from.x) + Math.abs(to.y - from.y) + HIT * hits(boxes, from, to);
  }
  return cost;
}

/** Moves the long stretches of a line a little, so that it does not run along a line to another step. */
function apart(way: Way, track: Track, boxes: readonly Box[], columns: Lane[], rows: Lane[]): Track {
  const free = (lanes: Lane[], at: number, from: number, to: number) =>
    !lanes.some(
      (lane) =>
        lane.target !== way.target &&
        Math.abs(lane.at - at) < LANE - 1 &&
        lane.from < Math.max(from, to) &&
        Math.min(from, to) < lane.to,
    );
  const before = hitsOf(way, track, boxes);
  const shifted = (key: "x1" | "y1" | "x2" | "yT", lanes: Lane[], ends: (one: Track) => [number, number]) => {
    const start = track[key];
    if (start === null) return;
    for (const shift of SHIFTS) {
      const next = { ...track, [key]: start + shift * LANE };
      if (key === "x2" && next.y1 === null) next.x1 = next.x2;
      if (key === "yT" && next.yT > way.to.y - ABOVE + 6) continue;
      if (free(lanes, start + shift * LANE, ...ends(next)) && hitsOf(way, next, boxes) <= before) {
        track = next;
        return;
      }
    }
  };
  if (Math.abs(track.x2 - way.to.x) > 1) {
    shifted("x2", columns, (one) => [one.y1 ?? way.from.y, one.yT]);
    shifted("yT", rows, (one) => [one.x2, way.to.x]);
  }
  if (track.y1 !== null) {
    if (way.side === "right") shifted("x1", columns, (one) => [way.from.y, one.y1 ?? 0]);
    if (Math.abs(track.x1 - track.x2) > 1) shifted("y1", rows, (one) => [one.x1, one.x2]);
  }
  return track;
}

function hitsOf(way: Way, track: Track, boxes: readonly Box[]): number {
  const line = [way.from, ...corners(way, track), way.to];
  return line.slice(1).reduce((sum, to, place) => sum + hits(boxes, line[place] as Point, to), 0);
}

/** Returns the corners of a line, without those at which it does not turn. */
function corners(way: Way, { x1, y1, x2, yT }: Track): Point[] {
  const all: Point[] = [way.from];
  if (way.side === "right") all.push({ x: x1, y: way.from.y });
  if (y1 !== null) all.push({ x: x1, y: y1 }, { x: x2, y: y1 });
  all.push({ x: x2, y: yT }, { x: way.to.x, y: yT }, way.to);
  const kept: Point[] = [];
  for (const point of all) {
    const [before, last] = [kept.at(-2), kept.at(-1)];
    if (last && same(last, point)) continue;
    const straight =
      before &&
      last &&
      ((before.x === last.x && last.x === point.x) || (before.y === last.y && last.y === point.y));
    if (straight) kept.pop();
    kept.push(point);
  }
  return kept.slice(1, -1);
}

const same = (one: Point, other: Point) => Math.abs(one.x - other.x) < 1 && Math.abs(one.y - other.y) < 1;

function keep(way: Way, points: readonly Point[], columns: Lane[], rows: Lane[]) {
  const line = [way.from, ...points, way.to];
  for (let place = 1; place < line.length; place++) {
    const [one, other] = [line[place - 1] as Point, line[place] as Point];
    const upright = one.x === other.x;
    const [from, to] = upright ? [one.y, other.y] : [one.x, other.x];
    const lane = { from: Math.min(from, to), to: Math.max(from, to), target: way.target };
    if (upright) columns.push({ at: one.x, ...lane });
    else rows.push({ at: one.y, ...lane });
  }
}
