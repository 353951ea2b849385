import { useSyncExternalStore } from "react";

/** Says whether the phone is docked beside the pages; kept for the tab. */
const KEY = "parley-phone-docked";
const listeners = new Set<() => void>();
let open = read();

function read(): boolean {
  try {
    return sessionStorage.getItem(KEY) === "yes";
  } catch {
    return false;
  }
}

export function setDocked(value: boolean) {
  open = value;
  try {
    sessionStorage.setItem(KEY, value ? "yes" : "no");
  } catch {
    // The browser keeps nothing: it holds for this page.
  }
  for (const listener of listeners) listener();
}

export function useDocked(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
}
