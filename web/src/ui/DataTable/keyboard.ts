import type { KeyboardEvent } from "react";

/** Arrow keys in a row move to the same kind of element of the row above or below. */
export function moveBetweenRows(event: KeyboardEvent<HTMLTableSectionElement>) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const from = event.target as HTMLElement;
  if (!step || event.altKey || event.ctrlKey || event.metaKey || isField(from)) return;
  const rows = Array.from(event.currentTarget.querySelectorAll<HTMLElement>("tr[data-row]"));
  const row = rows.findIndex((one) => one.contains(from));
  const next = rows[row + step];
  if (row < 0 || !next) return;
  const selector = from.matches("input[type=checkbox]") ? "input[type=checkbox]" : "a, button";
  const target =
    next.querySelector<HTMLElement>(selector) ?? next.querySelector<HTMLElement>("a, button, input");
  if (!target) return;
  event.preventDefault();
  target.focus();
}

function isField(element: HTMLElement): boolean {
  return element.matches("textarea, select, input:not([type=checkbox])");
}
