import { type ComponentType, lazy } from "react";

const AGAIN_AFTER = 3_000;
const loaders = new Set<() => Promise<unknown>>();

/**
 * Returns a component whose code is loaded when there is time (`loadLate`), or when it is first shown. A file that cannot
 * be had is asked for again: an error of `lazy` would take the page away, and with it what somebody has typed.
 */
export function late<Props>(load: () => Promise<ComponentType<Props>>) {
  loaders.add(load);
  return lazy(async () => ({ default: await patiently(load) }));
}

/** Loads the code of all such components, as far as it can be had now. */
export async function loadLate(): Promise<void> {
  await Promise.allSettled([...loaders].map((load) => load()));
}

async function patiently<Found>(load: () => Promise<Found>): Promise<Found> {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
    }
  }
}
