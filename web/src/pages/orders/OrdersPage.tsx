import { SegmentedControl, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconReceipt2, IconSearch } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { seesAll, useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { TimeText } from "../../time/TimeText";
import { useFormat } from "../../time/zone";
import { CsvButton } from "../../ui/CsvButton";
import { DataTable, useCursorList } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { Page } from "../../ui/Page";
import { useTyped } from "../../ui/useTyped";
import { Board } from "./Board";
import { OrderBadge } from "./OrderBadge";
import { OrderDrawer } from "./OrderDrawer";
import { loadOrders } from "./queries";
import { ORDER_STATES, type OrdersSearch } from "./routes";
import { Totals } from "./Totals";

export function OrdersPage() {
  const { orders } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const search = useSearch({ from: "/w/$workspace/orders" });
  const navigate = useNavigate();
  const show = (next: OrdersSearch) =>
    void navigate({ to: `/w/${workspace}/orders` as string, search: next as never, replace: true });
  const open = (number: string) => show({ ...search, order: number });
  const chosen = new URLSearchParams({ limit: "100", ...(search.state ? { state: search.state } : {}) });
  return (
    <Page
      wide
      title={orders.title}
      text={orders.text}
      actions={
        <>
          <SegmentedControl
            aria-label={orders.view}
            value={search.view ?? "table"}
            onChange={(view) => show({ ...search, view: view === "board" ? "board" : undefined })}
            data={[
              { value: "table", label: orders.table },
              { value: "board", label: orders.board },
            ]}
          />
          {member.can("customers_export") && (
            <CsvButton
              path={`/api/v1/workspaces/${workspace}/orders?${chosen}`}
              name={`${workspace}-orders.csv`}
            />
          )}
        </>
      }
    >
      {seesAll(member) && <Totals />}
      {search.view === "board" ? (
        <Board onOpen={open} />
      ) : (
        <OrderTable search={search} show={show} onOpen={open} />
      )}
      {search.order && (
        <OrderDrawer number={search.order} onClose={() => show({ ...search, order: undefined })} />
      )}
    </Page>
  );
}

type TableProps = {
  search: OrdersSearch;
  show: (next: OrdersSearch) => void;
  onOpen: (number: string) => void;
};

function OrderTable({ search, show, onOpen }: TableProps) {
  const { orders } = useTexts();
  const { workspace } = useMember();
  const format = useFormat();
  const typed = useTyped(search.number ?? "", (text) => show({ ...search, number: text || undefined }));
  const find = useDebouncedCallback(typed.commit, 300);
  const { state, number: wanted } = search;
  const filter = { ...(state ? { state } : {}), ...(wanted ? { number: wanted } : {}) };
  const list = useCursorList([workspace, "orders", filter], (cursor, signal) =>
    loadOrders(workspace, filter, cursor, signal),
  );
  const filtered = Boolean(state || wanted);
  return (
    <DataTable
      label={orders.title}
      list={list}
      rowKey={(row) => row.id}
      name={(row) => row.number}
      onOpen={(row) => onOpen(row.number)}
      choice="orders"
      tools={
        <>
          <TextInput
            aria-label={orders.search}
            placeholder={orders.search}
            type="search"
            leftSection={<IconSearch size={16} aria-hidden />}
            value={typed.text}
            onChange={(event) => {
              typed.setText(event.currentTarget.value);
              find(event.currentTarget.value);
            }}
          />
          <Select
            aria-label={orders.state}
            value={state ?? ""}
            allowDeselect={false}
            onChange={(next) => show({ ...search, state: (next || undefined) as OrdersSearch["state"] })}
            data={[
              { value: "", label: orders.all },
              ...ORDER_STATES.map((value) => ({ value, label: orders.states[value] })),
            ]}
            maw={180}
          />
        </>
      }
      columns={[
        { key: "number", title: orders.number, cell: (row) => row.number, fixed: true, nowrap: true },
        { key: "customer", title: orders.customer, cell: (row) => row.customer },
        {
          key: "products",
          title: orders.products,
          cell: (row) => row.lines.map((line) => `${line.quantity} × ${line.name}`).join(", "),
          grow: true,
        },
        {
          key: "state",
          title: orders.state,
          cell: (row) => <OrderBadge state={row.state} names={orders.states} />,
        },
        {
          key: "total",
          title: orders.total,
          cell: (row) => format.money(row.total, row.currency),
          align: "end",
          nowrap: true,
        },
        { key: "at", title: orders.placedAt, cell: (row) => <TimeText at={row.placed_at} />, nowrap: true },
      ]}
      empty={
        <EmptyState
          icon={<IconReceipt2 size={36} stroke={1.3} aria-hidden />}
          title={filtered ? orders.noneFound : orders.none}
          text={filtered ? undefined : orders.noneText}
        />
      }
    />
  );
}
