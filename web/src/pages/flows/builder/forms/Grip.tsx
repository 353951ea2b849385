import { IconGripVertical } from "@tabler/icons-react";
import { type RefObject, useRef, useState } from "react";
import { useTexts } from "../../../../texts";
import classes from "./Forms.module.css";

/** Rows that can be put in another order. list: the element whose children they are. */
export type Rows = {
  list: RefObject<HTMLDivElement | null>;
  count: number;
  move: (from: number, to: number) => void;
  drag: Drag | null;
  show: (drag: Drag | null) => void;
};
type Drag = { from: number; to: number };

/** Returns what the grips of some rows share. */
export function useRows(count: number, move: (from: number, to: number) => void): Rows {
  const list = useRef<HTMLDivElement>(null);
  const [drag, show] = useState<Drag | null>(null);
  return { list, count, move, drag, show };
}

/** Returns how a row looks while one is dragged: `dragged`, or with a line `before` or `behind` it. */
export function lookOfRow({ drag }: Rows, place: number): "dragged" | "before" | "behind" | undefined {
  if (!drag) return undefined;
  if (drag.from === place) return "dragged";
  if (drag.to !== place) return undefined;
  return drag.to > drag.from ? "behind" : "before";
}

type Props = { rows: Rows; place: number; name: string };

/** The handle of a row: it is dragged, or moved with the arrow keys. */
export function Grip({ rows, place, name }: Props) {
  const { builder: t } = useTexts();
  const { list, count, move, drag, show } = rows;

  const to = (next: number) => {
    if (next < 0 || next >= count || next === place) return;
    move(place, next);
    requestAnimationFrame(() =>
      list.current?.children[next]?.querySelector<HTMLElement>("[data-grip]")?.focus(),
    );
  };

  /** Returns the place to which a row would go at a height of the page. */
  const placeAt = (y: number) => {
    const middles = [...(list.current?.children ?? [])].map((row) => {
      const box = row.getBoundingClientRect();
      return box.top + box.height / 2;
    });
    return middles.filter((middle, other) => other !== place && middle < y).length;
  };

  return (
    <button
      type="button"
      data-grip
      className={classes.grip}
      aria-label={t.moveRow(name, place + 1, count)}
      title={t.moveRow(name, place + 1, count)}
      onKeyDown={(event) => {
        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (!by) return;
        event.preventDefault();
        to(place + by);
      }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        show({ from: place, to: place });
      }}
      onPointerMove={(event) => drag && show({ from: place, to: placeAt(event.clientY) })}
      onPointerUp={() => {
        if (drag) to(drag.to);
        show(null);
      }}
      onPointerCancel={() => show(null)}
    >
      <IconGripVertical size={14} aria-hidden />
    </button>
  );
}
