import { useEffect, useRef } from "react";
import { isComposing } from "../ui/composing";

export type Shortcuts = Record<string, (event: KeyboardEvent) => void>;

/** Where this browser keeps whether single letters act: speech input and unsteady hands press them by accident. */
export const SINGLE_KEYS = "parley.single-keys";

/**
 * Acts on single keys while nobody types and no dialog is open: `{ j: next, "?": help }`.
 * `mod+k` is Ctrl+K, and ⌘K on a Mac; it works in fields too. A person may turn single letters and signs off.
 */
export function useShortcuts(shortcuts: Shortcuts) {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const name = nameOf(event);
      const act = latest.current[name];
      if (!act || event.defaultPrevented || isComposing(event)) return;
      if (!name.startsWith("mod+") && (isTyping(event.target) || isDialogOpen())) return;
      if (name.length === 1 && areSingleKeysOff()) return;
      event.preventDefault();
      act(event);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

function nameOf(event: KeyboardEvent): string {
  if (event.ctrlKey || event.metaKey)
    return event.altKey || event.shiftKey ? "" : `mod+${event.key.toLowerCase()}`;
  return event.altKey ? "" : event.key;
}

function areSingleKeysOff(): boolean {
  try {
    return localStorage.getItem(SINGLE_KEYS) === "false";
  } catch {
    return false;
  }
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable || target.matches("input, textarea, select, [role=combobox], [role=menu] *")
  );
}

const isDialogOpen = () => document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
