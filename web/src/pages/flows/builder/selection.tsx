import { createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from "react";
import type { Path } from "./draft/types";

/**
 * The selection in the builder, everywhere at once. step: null: none; `""`: the flow itself, its start. path: the field
 * to look at, within the file; null: none. current: the step at which the simulator stands. asked: counts selections
 * that somebody else than the canvas made, so that the canvas moves there.
 */
export type Selected = {
  step: string | null;
  path: Path | null;
  current: string | null;
  asked: number;
};

export class Selection {
  private value: Selected = { step: null, path: null, current: null, asked: 0 };
  private readonly listeners = new Set<() => void>();

  get = () => this.value;

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  /** Selects a step, perhaps with a field. reveal: the canvas moves there. */
  select(step: string | null, path: Path | null = null, reveal = true) {
    this.put({ step, path, asked: this.value.asked + (reveal ? 1 : 0) });
  }

  /** Lights the step at which the simulated conversation stands; null: none. */
  light(current: string | null) {
    if (current !== this.value.current) this.put({ current });
  }

  private put(change: Partial<Selected>) {
    this.value = { ...this.value, ...change };
    for (const listener of this.listeners) listener();
  }
}

const SelectionContext = createContext<Selection | null>(null);

export function SelectionProvider({ children }: { children: ReactNode }) {
  const selection = useMemo(() => new Selection(), []);
  return <SelectionContext.Provider value={selection}>{children}</SelectionContext.Provider>;
}

/** Returns the selection, to change it. */
export function useSelection(): Selection {
  const selection = useContext(SelectionContext);
  if (!selection) throw new Error("useSelection is for parts of the builder");
  return selection;
}

/** Returns a part of what is selected. */
export function useSelected<T>(select: (value: Selected) => T): T {
  const selection = useSelection();
  return useSyncExternalStore(selection.subscribe, () => select(selection.get()));
}
