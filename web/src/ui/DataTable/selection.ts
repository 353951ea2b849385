import { useState } from "react";

export type Selection = {
  keys: ReadonlySet<string>;
  toggle: (key: string, upTo: boolean, order: readonly string[]) => void;
  toggleAll: (order: readonly string[]) => void;
  clear: () => void;
};

/**
 * The selected rows of a table. With Shift, all rows between the last one and this one. of: names the list; rows of another
 * one are not seen, so none of them stays selected. most: that can be selected.
 */
export function useSelection(of: string, most = 1_000): Selection {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const [last, setLast] = useState("");
  const [before, setBefore] = useState(of);
  if (before !== of) {
    setBefore(of);
    setKeys(new Set());
    setLast("");
  }
  function toggle(key: string, upTo: boolean, order: readonly string[]) {
    setKeys(toggled(keys, key, upTo ? last : "", order, most));
    setLast(key);
  }
  function toggleAll(order: readonly string[]) {
    setKeys(order.every((key) => keys.has(key)) ? new Set() : new Set(order.slice(0, most)));
  }
  return { keys, toggle, toggleAll, clear: () => setKeys(new Set()) };
}

/** Returns the selection after a click. */
export function toggled(
  keys: ReadonlySet<string>,
  key: string,
  from: string,
  order: readonly string[],
  most: number,
): ReadonlySet<string> {
  const next = new Set(keys);
  const begin = from ? order.indexOf(from) : -1;
  const end = order.indexOf(key);
  const range = begin >= 0 ? order.slice(Math.min(begin, end), Math.max(begin, end) + 1) : [key];
  for (const one of range) {
    if (keys.has(key)) next.delete(one);
    else if (next.size < most) next.add(one);
  }
  return next;
}
