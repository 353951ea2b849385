import type { ReactNode } from "react";
import { useState } from "react";

/**
 * A column of a table. fixed: cannot be hidden. hidden: not shown until somebody chooses it. grow: takes what is left
 * of the width. least: the least width on desktops of a column whose text wraps. The first column is the row's title, also of its card on phones.
 */
export type Column<Row> = {
  key: string;
  title: string;
  cell: (row: Row) => ReactNode;
  align?: "end";
  fixed?: boolean;
  hidden?: boolean;
  grow?: boolean;
  nowrap?: boolean;
  least?: string;
};

/** Returns the columns that are shown, and a function that shows or hides one. The choice stays in this browser. */
export function useColumnChoice<Row>(name: string | undefined, columns: readonly Column<Row>[]) {
  const [chosen, setChosen] = useState<Record<string, boolean>>(() => read(name));
  const isShown = (column: Column<Row>) => column.fixed || (chosen[column.key] ?? !column.hidden);
  function toggle(column: Column<Row>) {
    const next = { ...chosen, [column.key]: !isShown(column) };
    setChosen(next);
    write(name, next);
  }
  return { shown: columns.filter(isShown), isShown, toggle };
}

const place = (name: string) => `parley.columns.${name}`;

function read(name: string | undefined): Record<string, boolean> {
  try {
    return name ? (JSON.parse(localStorage.getItem(place(name)) ?? "{}") as Record<string, boolean>) : {};
  } catch {
    return {};
  }
}

function write(name: string | undefined, chosen: Record<string, boolean>) {
  try {
    if (name) localStorage.setItem(place(name), JSON.stringify(chosen));
  } catch {
    // Private windows may refuse to store; the choice then lasts as long as the page.
  }
}
