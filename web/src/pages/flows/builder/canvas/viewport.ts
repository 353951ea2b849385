type Placed = { position: { x: number; y: number }; width?: number; height?: number };

const MARGIN = 40;
const FOOT = 84; // the tools at the foot of the canvas
const SMALLEST = 0.5;
const USUAL = 0.8;

/**
 * Returns the part of the canvas that is shown first: all of it if that can be read, else the start of the flow.
 */
export function firstViewport(nodes: readonly Placed[], width: number, height: number) {
  const bounds = boundsOf(nodes);
  const whole = Math.min(1, (width - 2 * MARGIN) / bounds.width, (height - MARGIN - FOOT) / bounds.height);
  if (whole >= SMALLEST) {
    return {
      zoom: whole,
      x: width / 2 - (bounds.x + bounds.width / 2) * whole,
      y: Math.max(MARGIN, (height - FOOT - bounds.height * whole) / 2) - bounds.y * whole,
    };
  }
  const [start] = nodes;
  const middle = (start?.position.x ?? 0) + (start?.width ?? 0) / 2;
  return { zoom: USUAL, x: width / 2 - middle * USUAL, y: MARGIN - (start?.position.y ?? 0) * USUAL };
}

function boundsOf(nodes: readonly Placed[]) {
  const left = Math.min(...nodes.map((one) => one.position.x));
  const top = Math.min(...nodes.map((one) => one.position.y));
  const right = Math.max(...nodes.map((one) => one.position.x + (one.width ?? 0)));
  const bottom = Math.max(...nodes.map((one) => one.position.y + (one.height ?? 0)));
  return { x: left, y: top, width: right - left, height: bottom - top };
}
