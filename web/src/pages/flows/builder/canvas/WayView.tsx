import { BaseEdge, type EdgeProps, getSmoothStepPath } from "@xyflow/react";
import { memo } from "react";
import type { FlowEdge } from "./elements";
import type { Point } from "./routes";

const ROUND = 12;

/** A way from one step to another, around others; a dashed one follows from the order of the steps. */
export const WayView = memo(function WayView(props: EdgeProps<FlowEdge>) {
  const bends = props.data?.bends;
  const path = bends && fits(props, bends) ? along(props, bends) : simple(props);
  return <BaseEdge id={props.id} path={path} markerEnd={props.markerEnd} interactionWidth={18} />;
});

/** While a step is dragged, its ways do not go around others. */
const simple = (props: EdgeProps<FlowEdge>) =>
  getSmoothStepPath({ ...props, borderRadius: 14, offset: 22 })[0];

/** Returns whether both steps are still where they were when the bends were found. */
function fits(props: EdgeProps<FlowEdge>, bends: readonly Point[]): boolean {
  const first = bends[0] ?? { x: props.targetX, y: props.targetY };
  const last = bends.at(-1) ?? { x: props.sourceX, y: props.sourceY };
  const begins = Math.abs(first.x - props.sourceX) < 1 || Math.abs(first.y - props.sourceY) < 1;
  return begins && Math.abs(last.x - props.targetX) < 1;
}

function along(props: EdgeProps<FlowEdge>, bends: readonly Point[]): string {
  const from = { x: props.sourceX, y: props.sourceY };
  const to = { x: props.targetX, y: props.targetY };
  return roundPath([from, ...bends, to]);
}

/** Returns the path of a line with round corners. */
export function roundPath(points: readonly Point[]): string {
  const [start, ...rest] = points;
  let path = `M${start?.x ?? 0},${start?.y ?? 0}`;
  rest.forEach((point, place) => {
    const [before, after] = [points[place] as Point, rest[place + 1]];
    if (!after) {
      path += `L${point.x},${point.y}`;
      return;
    }
    const round = Math.min(ROUND, distance(before, point) / 2, distance(point, after) / 2);
    const into = towards(point, before, round);
    const out = towards(point, after, round);
    path += `L${into.x},${into.y}Q${point.x},${point.y} ${out.x},${out.y}`;
  });
  return path;
}

const distance = (one: Point, other: Point) => Math.abs(one.x - other.x) + Math.abs(one.y - other.y);

const towards = (from: Point, to: Point, by: number): Point => ({
  x: from.x + Math.sign(to.x - from.x) * by,
  y: from.y + Math.sign(to.y - from.y) * by,
});
