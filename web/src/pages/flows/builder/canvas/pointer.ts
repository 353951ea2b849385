/** Returns where on the page a pointer is. */
export function pointOf(event: MouseEvent | TouchEvent) {
  const point = "changedTouches" in event ? event.changedTouches[0] : event;
  return { x: point?.clientX ?? 0, y: point?.clientY ?? 0 };
}

/** Returns how long the canvas glides, in ms; not at all for people who want no motion. */
export const motion = () => (window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 260);
