import { useMemo, useRef } from "react";
import type { FlowEdge, FlowNode } from "./elements";
import { type Point, routed, type Way } from "./routes";

type Routes = ReadonlyMap<string, Point[]>;
type Bent = { edge: FlowEdge; corners: string; drawn: FlowEdge };

/**
 * Returns the edges with the corners of their lines; found anew only when a step has another place, size or way. An edge
 * that is the same and has the same corners stays the same object.
 */
export function useRoutes(nodes: readonly FlowNode[], edges: FlowEdge[]): FlowEdge[] {
  const last = useRef<{ key: string; routes: Routes }>({ key: "", routes: new Map() });
  const made = useRef(new Map<string, Bent>());
  return useMemo(() => {
    const key = keyOf(nodes, edges);
    if (key !== last.current.key) last.current = { key, routes: routesOf(nodes, edges) };
    const { routes } = last.current;
    const before = made.current;
    made.current = new Map(
      edges.map((edge) => [edge.id, bent(edge, routes.get(edge.id), before.get(edge.id))]),
    );
    return edges.map((edge) => made.current.get(edge.id)?.drawn ?? edge);
  }, [nodes, edges]);
}

function bent(edge: FlowEdge, bends: Point[] | undefined, before: Bent | undefined): Bent {
  const corners = bends?.map(({ x, y }) => `${x} ${y}`).join(" ") ?? "";
  if (before?.edge === edge && before.corners === corners) return before;
  return { edge, corners, drawn: bends ? { ...edge, data: { edge: edge.data?.edge ?? null, bends } } : edge };
}

function keyOf(nodes: readonly FlowNode[], edges: readonly FlowEdge[]): string {
  const places = nodes.map((node) => `${node.id} ${node.position.x} ${node.position.y} ${node.height}`);
  return [...places, ...edges.map((edge) => `${edge.id} ${edge.target}`)].join("\n");
}

function routesOf(nodes: readonly FlowNode[], edges: readonly FlowEdge[]): Routes {
  const byName = new Map(nodes.map((node) => [node.id, node]));
  const ways = edges.flatMap((edge): Way[] => {
    const [source, target] = [byName.get(edge.source), byName.get(edge.target)];
    const port = source?.handles?.find((one) => one.type === "source" && one.id === edge.sourceHandle);
    if (!source || !target || !port) return [];
    const from = {
      x: source.position.x + port.x + (port.width ?? 0) / 2,
      y: source.position.y + port.y + (port.height ?? 0) / 2,
    };
    const to = { x: target.position.x + (target.width ?? 0) / 2, y: target.position.y };
    const side = (port.position as string) === "right" ? "right" : "bottom";
    return [{ id: edge.id, source: edge.source, target: edge.target, side, from, to }];
  });
  return routed(nodes.map(boxOf), ways);
}

const boxOf = (node: FlowNode) => ({
  name: node.id,
  left: node.position.x,
  right: node.position.x + (node.width ?? 0),
  top: node.position.y,
  bottom: node.position.y + (node.height ?? 0),
});
