import { expect, test } from "vitest";
import { hits } from "./fences";
import { routed, type Way } from "./routes";
import { roundPath } from "./WayView";

const box = (name: string, left: number, top: number) => ({
  name,
  left,
  right: left + 264,
  top,
  bottom: top + 100,
});

const way = (source: ReturnType<typeof box>, target: ReturnType<typeof box>, right = 0): Way => ({
  id: `${source.name} ${target.name} ${right}`,
  source: source.name,
  target: target.name,
  side: right ? "right" : "bottom",
  from: right ? { x: source.right, y: source.top + right } : { x: source.left + 132, y: source.bottom },
  to: { x: target.left + 132, y: target.top },
});

function crossed(boxes: ReturnType<typeof box>[], ways: Way[]): string[] {
  const found = routed(boxes, ways);
  return ways.flatMap((one) => {
    const line = [one.from, ...(found.get(one.id) ?? []), one.to];
    const level = line.slice(1).every((to, at) => to.x === line[at]?.x || to.y === line[at]?.y);
    const through = line.slice(1).some((to, at) => hits(boxes, line[at] ?? to, to) > 0);
    return through || !level ? [one.id] : [];
  });
}

test("a way straight down has no corners", () => {
  const [a, b] = [box("a", 0, 0), box("b", 0, 200)];
  expect(routed([a, b], [way(a, b)]).get("a b 0")).toEqual([]);
});

test("ways go around the steps between, also back and from ports at the side", () => {
  const grid = [0, 1, 2, 3].flatMap((row) =>
    [0, 1, 2].map((column) => box(`${row}${column}`, column * 320, row * 170)),
  );
  const ways = grid.flatMap((one) =>
    grid.filter((other) => other !== one).flatMap((other) => [way(one, other), way(one, other, 60)]),
  );
  expect(crossed(grid, ways)).toEqual([]);
});

test("ways to different steps do not lie on each other", () => {
  const [a, b, c] = [box("a", 0, 0), box("b", -400, 400), box("c", -800, 400)];
  const found = routed([a, b, c], [way(a, b, 40), way(a, c, 70)]);
  const upright = (id: string) => found.get(id)?.map((point) => point.x);
  const shared = upright("a b 40")?.filter((x) => upright("a c 70")?.includes(x));
  expect(shared).toEqual([]);
});

test("corners are round", () => {
  const path = roundPath([
    { x: 0, y: 0 },
    { x: 0, y: 40 },
    { x: 40, y: 40 },
  ]);
  expect(path).toBe("M0,0L0,28Q0,40 12,40L40,40");
});
