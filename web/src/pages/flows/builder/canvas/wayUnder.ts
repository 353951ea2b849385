type Box = { position: { x: number; y: number }; width?: number; height?: number };

const POINTS = [
  [0.5, 0.5],
  [0.5, 0.2],
  [0.5, 0.8],
  [0.25, 0.5],
  [0.75, 0.5],
] as const;

/** Returns the id of a drawn way that runs below a box of the canvas. may: says which ways count. */
export function wayUnder(canvas: HTMLElement | null, box: Box, may: (id: string) => boolean): string | null {
  const points = POINTS.map(([right, down]) => ({
    x: box.position.x + right * (box.width ?? 0),
    y: box.position.y + down * (box.height ?? 0),
  }));
  // The broad invisible line, on which one clicks.
  for (const path of canvas?.querySelectorAll<SVGPathElement>(".react-flow__edge-interaction") ?? []) {
    const id = path.closest<SVGGElement>(".react-flow__edge")?.dataset.id;
    if (id && may(id) && points.some((point) => path.isPointInStroke(point))) return id;
  }
  return null;
}
