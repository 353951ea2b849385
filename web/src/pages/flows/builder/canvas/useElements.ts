import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { useTexts } from "../../../../texts";
import { useDraftView } from "../draft/DraftProvider";
import { keeping } from "../draft/keeping";
import { START } from "../steps/layoutStore";
import { useStepActions } from "../steps/StepsProvider";
import { triggerWords } from "../steps/triggers";
import { useCounters } from "../steps/useCounters";
import { arranged, type Box, freePlace } from "./arrange";
import {
  boxesOf,
  drawnEdges,
  type FlowEdge,
  type FlowNode,
  handlesOf,
  heightOfStep,
  type StartData,
  type StepData,
  startData,
  startHandles,
  startHeight,
  stepData,
} from "./elements";
import { START_WIDTH, WIDTH } from "./sizes";
import { useRoutes } from "./useRoutes";

/** Returns the nodes and edges of the draft, at their places; and a function that arranges them all anew. */
export function useElements(selected: string | null) {
  const { builder: t } = useTexts();
  const { layout } = useStepActions();
  const graph = useDraftView((view) => view.graph);
  const model = useDraftView((view) => view.model);
  const problems = useDraftView((view) => view.problems);
  const warnings = useDraftView((view) => view.warnings);
  const counters = useCounters();
  const moved = useSyncExternalStore(layout.subscribe, layout.get);
  const before = useRef<ReadonlyMap<string, StepData>>(new Map());
  const begin = useRef<StartData | null>(null);
  const drawn = useRef<FlowNode[]>([]);
  const lines = useRef<FlowEdge[]>([]);
  const steps = useMemo(() => {
    before.current = stepData({ graph, model, problems, warnings, counters }, before.current, t);
    return before.current;
  }, [graph, model, problems, warnings, counters, t]);
  const triggers = useMemo(() => triggerWords(model, t), [model, t]);
  const start = useMemo(() => {
    const data = startData({ graph, model, problems, warnings, counters }, triggers, t);
    begin.current = keeping(begin.current, data);
    return begin.current;
  }, [graph, model, problems, warnings, counters, triggers, t]);
  useEffect(() => layout.known([...steps.keys()]), [layout, steps]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `moved` says that the store has other positions
  const nodes = useMemo(() => {
    drawn.current = layout.loaded ? nodesOf(steps, start, layout, drawn.current) : [];
    return drawn.current;
  }, [steps, start, layout, moved]);
  const straight = useMemo(() => {
    lines.current = drawnEdges(steps, start, selected, lines.current);
    return lines.current;
  }, [steps, start, selected]);
  const edges = useRoutes(nodes, straight);
  const tidy = () => {
    const { boxes, lines } = boxesOf(steps, start);
    layout.move(arranged(boxes, lines));
  };
  return { nodes, edges, steps, tidy, ready: layout.loaded };
}

type Layout = ReturnType<typeof useStepActions>["layout"];

/** before: the last ones; of those, all that show the same at the same place stay the same objects. */
function nodesOf(
  steps: ReadonlyMap<string, StepData>,
  start: StartData,
  layout: Layout,
  before: readonly FlowNode[],
): FlowNode[] {
  place(steps, start, layout);
  const old = new Map(before.map((node) => [node.id, node]));
  const kept = (node: FlowNode): FlowNode => {
    const other = old.get(node.id);
    return other && other.data === node.data && isSamePlace(other, node) ? other : node;
  };
  const at = (name: string) => layout.at(name) ?? { x: 0, y: 0 };
  const first: FlowNode = {
    id: START,
    type: "start",
    data: start,
    position: at(START),
    width: START_WIDTH,
    height: startHeight(start),
    handles: startHandles(start),
  };
  return [
    kept(first),
    ...[...steps.values()].map(
      (data): FlowNode =>
        kept({
          id: data.name,
          type: "step",
          data,
          position: at(data.name),
          width: WIDTH,
          height: heightOfStep(data),
          handles: handlesOf(data),
        }),
    ),
  ];
}

export const isSamePlace = ({ position: one }: FlowNode, { position: other }: FlowNode) =>
  one.x === other.x && one.y === other.y;

/** Gives places to steps that have none: all are arranged if most have none, a new one stands below what leads to it. */
function place(steps: ReadonlyMap<string, StepData>, start: StartData, layout: Layout) {
  const { boxes, lines } = boxesOf(steps, start);
  const without = boxes.filter((box) => !layout.at(box.name));
  if (without.length === 0) return;
  if (without.length > boxes.length / 2) {
    layout.place(arranged(boxes, lines));
    return;
  }
  for (const box of without) {
    const placed = boxes.flatMap((one) => {
      const position = layout.at(one.name);
      return position ? [{ ...one, ...position }] : [];
    });
    const source = lines.find((line) => line.target === box.name)?.source;
    const above = placed.find((one: Box) => one.name === source);
    layout.place(new Map([[box.name, freePlace(box, above, placed)]]));
  }
}
