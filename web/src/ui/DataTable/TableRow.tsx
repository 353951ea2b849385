import { Checkbox } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { CSSProperties, MouseEvent, ReactNode } from "react";
import { useTexts } from "../../texts";
import type { Column } from "./columns";
import classes from "./DataTable.module.css";

type Props<Row> = {
  row: Row;
  index: number;
  columns: readonly Column<Row>[];
  href?: string;
  onOpen?: () => void;
  name: string;
  selected?: boolean;
  onSelect?: (event: MouseEvent) => void;
  measure?: (element: Element | null) => void;
};

/** A row: its first cell leads to what the row is about. */
export function TableRow<Row>({ row, index, columns, selected, onSelect, measure, ...title }: Props<Row>) {
  const { common } = useTexts();
  return (
    <tr
      ref={measure}
      data-index={index}
      data-row
      data-selectable={onSelect ? true : undefined}
      className={classes.row}
      aria-selected={onSelect ? Boolean(selected) : undefined}
    >
      {onSelect && (
        <td className={classes.check}>
          <Checkbox
            size="xs"
            aria-label={common.select(title.name)}
            checked={Boolean(selected)}
            onClick={onSelect}
            onChange={() => {}}
          />
        </td>
      )}
      {columns.map((column, number) => (
        <td
          key={column.key}
          data-title={column.title}
          data-first={number === 0 ? true : undefined}
          data-align={column.align}
          data-grow={column.grow ? true : undefined}
          data-nowrap={column.nowrap ? true : undefined}
          style={column.least ? ({ "--least": column.least } as CSSProperties) : undefined}
        >
          {number === 0 ? <Opening {...title}>{column.cell(row)}</Opening> : column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

function Opening({ href, onOpen, children }: { href?: string; onOpen?: () => void; children: ReactNode }) {
  if (href) {
    return (
      <Link to={href as string} className={classes.title}>
        {children}
      </Link>
    );
  }
  if (!onOpen) return children;
  return (
    <button type="button" className={`${classes.title} ${classes.open}`} onClick={onOpen}>
      {children}
    </button>
  );
}
