import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { TimeText } from "../../time/TimeText";
import { useFormat } from "../../time/zone";
import { DataTable, wholeList } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { reachedText } from "../../ui/reachedText";
import { OrderBadge } from "../orders/OrderBadge";

type Props = { customer: string };

/** The customer's conversations, one for each channel. */
export function CustomerConversations({ customer }: Props) {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const path = { workspace, customer };
  const query = useQuery({
    queryKey: [workspace, "customer", customer, "conversations"],
    queryFn: async ({ signal }) =>
      (
        await answer(
          api.GET("/api/v1/workspaces/{workspace}/customers/{customer}/conversations", {
            params: { path },
            signal,
          }),
        )
      ).items,
  });
  return (
    <DataTable
      label={customers.conversations}
      list={wholeList(query)}
      rowKey={(row) => row.id}
      name={(row) => row.channel}
      href={(row) => `/w/${workspace}/inbox/${row.id}`}
      columns={[
        { key: "channel", title: customers.channel, cell: (row) => row.channel },
        { key: "preview", title: customers.lastMessage, cell: (row) => row.preview?.text, grow: true },
        {
          key: "at",
          title: customers.lastContact,
          cell: (row) => <TimeText at={row.last_inbound_at} shape="relative" />,
          nowrap: true,
        },
      ]}
      empty={<EmptyState title={customers.noConversations} text={customers.noConversationsText} />}
    />
  );
}

/** The customer's last hundred orders. */
export function CustomerOrders({ customer }: Props) {
  const { customers, orders } = useTexts();
  const { workspace } = useMember();
  const format = useFormat();
  const path = { workspace, customer };
  const query = useQuery({
    queryKey: [workspace, "customer", customer, "orders"],
    queryFn: async ({ signal }) =>
      (
        await answer(
          api.GET("/api/v1/workspaces/{workspace}/customers/{customer}/orders", { params: { path }, signal }),
        )
      ).items,
  });
  return (
    <DataTable
      label={customers.orders}
      list={wholeList(query)}
      rowKey={(row) => row.id}
      name={(row) => row.number}
      href={(row) => `/w/${workspace}/orders?number=${row.number}`}
      columns={[
        { key: "number", title: orders.number, cell: (row) => row.number, nowrap: true },
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
        },
        { key: "at", title: orders.placedAt, cell: (row) => <TimeText at={row.placed_at} />, nowrap: true },
      ]}
      empty={<EmptyState title={customers.noOrders} />}
    />
  );
}

/** The broadcasts that the customer is a recipient of. */
export function CustomerBroadcasts({ customer }: Props) {
  const { broadcasts, customers, inbox } = useTexts();
  const { workspace } = useMember();
  const path = { workspace, customer };
  const query = useQuery({
    queryKey: [workspace, "customer", customer, "broadcasts"],
    queryFn: async ({ signal }) =>
      (
        await answer(
          api.GET("/api/v1/workspaces/{workspace}/customers/{customer}/broadcasts", {
            params: { path },
            signal,
          }),
        )
      ).items,
  });
  return (
    <DataTable
      label={customers.broadcasts}
      list={wholeList(query)}
      rowKey={(row) => row.broadcast}
      name={(row) => row.name}
      href={(row) => `/w/${workspace}/broadcasts/${row.broadcast}`}
      columns={[
        { key: "name", title: broadcasts.name, cell: (row) => row.name, grow: true },
        {
          key: "reached",
          title: broadcasts.reached,
          cell: (row) => reachedText(row.reached, row.in_doubt, inbox),
        },
        {
          key: "at",
          title: broadcasts.createdAt,
          cell: (row) => <TimeText at={row.created_at} />,
          nowrap: true,
        },
      ]}
      empty={<EmptyState title={customers.noBroadcasts} />}
    />
  );
}
