import { useSyncExternalStore } from "react";

const EVERY = 15_000;
let now = Date.now();
let timer: number | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void) {
  listeners.add(listener);
  if (timer === undefined) {
    now = Date.now();
    timer = window.setInterval(() => {
      now = Date.now();
      for (const one of listeners) one();
    }, EVERY);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

/** Returns the time, anew every 15 seconds; one timer serves all components. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
