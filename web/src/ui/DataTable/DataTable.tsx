import { Button, Center, Checkbox, Skeleton } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useRef } from "react";
import { useTexts } from "../../texts";
import { ErrorState } from "../ErrorState";
import { ColumnMenu } from "./ColumnMenu";
import { type Column, useColumnChoice } from "./columns";
import type { CursorList } from "./cursorList";
import classes from "./DataTable.module.css";
import { moveBetweenRows } from "./keyboard";
import type { Selection } from "./selection";
import { TableRow } from "./TableRow";

const FEW = 100; // rows that are all in the page; of more only those that can be seen
const ROW_HEIGHT = 42;

/**
 * label: of the table, for screen readers. name: of a row. href or onOpen: what its first cell leads to.
 * choice: a name under which this browser keeps the chosen columns. tools: filters and buttons above the table.
 */
export type DataTableProps<Row> = {
  label: string;
  columns: readonly Column<Row>[];
  list: CursorList<Row>;
  rowKey: (row: Row) => string;
  name: (row: Row) => string;
  empty: ReactNode;
  href?: (row: Row) => string;
  onOpen?: (row: Row) => void;
  selection?: Selection;
  choice?: string;
  tools?: ReactNode;
};

/** A list of the API as a table; on phones as cards. Rows are loaded page by page. */
export function DataTable<Row>({ label, list, empty, tools, choice, columns, ...rest }: DataTableProps<Row>) {
  const { common } = useTexts();
  const columnChoice = useColumnChoice(choice, columns);
  const isEmpty = !list.isPending && !list.error && list.rows.length === 0;
  return (
    <section aria-label={label}>
      {(tools || choice) && (
        <div className={classes.bar}>
          {tools}
          {choice && (
            <div style={{ marginInlineStart: "auto" }}>
              <ColumnMenu columns={columns} {...columnChoice} />
            </div>
          )}
        </div>
      )}
      {list.isPending && <Loading />}
      {list.error ? <ErrorState error={list.error} onRetry={list.retry} /> : null}
      {isEmpty && (list.hasMore ? <p>{common.noneOfThese}</p> : empty)}
      {list.rows.length > 0 && <Rows label={label} columns={columnChoice.shown} list={list} {...rest} />}
      {list.isCut && <p role="status">{common.searchCut}</p>}
      {list.hasMore && (
        <Center p="md">
          <Button variant="default" loading={list.isLoadingMore} onClick={list.loadMore}>
            {common.loadMore}
          </Button>
        </Center>
      )}
    </section>
  );
}

type RowsProps<Row> = Omit<DataTableProps<Row>, "empty" | "tools" | "choice">;

function Rows<Row>({ label, columns, list, rowKey, name, href, onOpen, selection }: RowsProps<Row>) {
  const { common } = useTexts();
  const table = useRef<HTMLTableElement>(null);
  const { rows } = list;
  const order = rows.map(rowKey);
  const virtual = useVirtualizer({
    count: rows.length,
    enabled: rows.length > FEW,
    getScrollElement: () => document.getElementById("main"),
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => order[index] ?? index,
    overscan: 20,
    scrollMargin: table.current?.offsetTop ?? 0,
  });
  const items = rows.length > FEW ? virtual.getVirtualItems() : null;
  const margin = virtual.options.scrollMargin;
  const before = items?.[0] ? items[0].start - margin : 0;
  const after = items?.length ? virtual.getTotalSize() - ((items.at(-1)?.end ?? 0) - margin) : 0;
  const shown = items ? items.map((item) => item.index) : rows.map((_, index) => index);
  const width = columns.length + (selection ? 1 : 0);
  return (
    <div className={classes.scroll}>
      <table
        ref={table}
        className={classes.table}
        aria-label={label}
        aria-rowcount={list.hasMore ? -1 : rows.length}
      >
        <thead>
          <tr>
            {selection && (
              <th scope="col" className={classes.check}>
                <Checkbox
                  size="xs"
                  aria-label={common.selectAll}
                  checked={order.length > 0 && order.every((key) => selection.keys.has(key))}
                  indeterminate={selection.keys.size > 0 && !order.every((key) => selection.keys.has(key))}
                  onChange={() => selection.toggleAll(order)}
                />
              </th>
            )}
            {columns.map((column) =>
              column.title ? (
                <th key={column.key} scope="col" data-align={column.align}>
                  {column.title}
                </th>
              ) : (
                <td key={column.key} />
              ),
            )}
          </tr>
        </thead>
        <tbody onKeyDown={moveBetweenRows}>
          {before > 0 && <Space height={before} width={width} />}
          {shown.map((index) => {
            const row = rows[index] as Row;
            const key = order[index] as string;
            return (
              <TableRow
                key={key}
                row={row}
                index={index}
                columns={columns}
                name={name(row)}
                href={href?.(row)}
                onOpen={onOpen && (() => onOpen(row))}
                selected={selection?.keys.has(key)}
                onSelect={selection && ((event) => selection.toggle(key, event.shiftKey, order))}
                measure={items ? virtual.measureElement : undefined}
              />
            );
          })}
          {after > 0 && <Space height={after} width={width} />}
        </tbody>
      </table>
    </div>
  );
}

function Space({ height, width }: { height: number; width: number }) {
  return (
    <tr className={classes.spacer} aria-hidden>
      <td colSpan={width} style={{ height }} />
    </tr>
  );
}

function Loading() {
  const { common } = useTexts();
  return (
    <div role="status" aria-label={common.loading}>
      {["a", "b", "c", "d", "e", "f"].map((key) => (
        <Skeleton key={key} height={26} mb={14} />
      ))}
    </div>
  );
}
