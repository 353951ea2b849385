import { Anchor, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { TimeText } from "../../time/TimeText";
import { useFormat } from "../../time/zone";
import { Drawer } from "../../ui/dialogs/Drawer";
import { ErrorState } from "../../ui/ErrorState";
import { AdvanceDialog } from "./AdvanceDialog";
import { OrderBadge } from "./OrderBadge";
import classes from "./Orders.module.css";
import type { Order } from "./queries";
import type { OrderState } from "./routes";

/** One order: its products, its states, and what can be done next. */
export function OrderDrawer({ number, onClose }: { number: string; onClose: () => void }) {
  const { workspace } = useMember();
  const [next, setNext] = useState<OrderState | null>(null);
  const order = useQuery({
    queryKey: [workspace, "orders", "one", number],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/orders/{number}", {
          params: { path: { workspace, number } },
          signal,
        }),
      ),
  });
  return (
    <Drawer opened onClose={onClose} title={number} position="right" size="md">
      {order.isPending && <Skeleton height={200} />}
      {order.isError && <ErrorState error={order.error} onRetry={() => order.refetch()} />}
      {order.data && <Details order={order.data} onAdvance={setNext} />}
      {order.data && next && <AdvanceDialog order={order.data} state={next} onClose={() => setNext(null)} />}
    </Drawer>
  );
}

function Details({ order, onAdvance }: { order: Order; onAdvance: (state: OrderState) => void }) {
  const { orders } = useTexts();
  const member = useMember();
  return (
    <Stack>
      <Group justify="space-between">
        <OrderBadge state={order.state} names={orders.states} />
        <Text size="sm">{order.customer}</Text>
      </Group>
      <Lines order={order} />
      {order.note && (
        <div>
          <Text size="xs" c="dimmed">
            {orders.note}
          </Text>
          <Text size="sm" dir="auto">
            {order.note}
          </Text>
        </div>
      )}
      {member.can("orders_write") && order.next.length > 0 && (
        <Group gap="xs">
          {order.next.map((state, place) => (
            <Button
              key={state}
              size="xs"
              variant={place === 0 ? "filled" : "default"}
              onClick={() => onAdvance(state as OrderState)}
            >
              {orders.to(orders.states[state as OrderState])}
            </Button>
          ))}
        </Group>
      )}
      <History order={order} />
      <Group gap="md">
        <Anchor
          component={Link}
          to={`/w/${member.workspace}/inbox/${order.conversation_id}` as string}
          size="sm"
        >
          {orders.openConversation}
        </Anchor>
        <Anchor
          component={Link}
          to={`/w/${member.workspace}/customers/${order.customer_id}` as string}
          size="sm"
        >
          {orders.openCustomer}
        </Anchor>
      </Group>
    </Stack>
  );
}

function Lines({ order }: { order: Order }) {
  const { orders } = useTexts();
  const format = useFormat();
  return (
    <table className={classes.lines}>
      <thead>
        <tr>
          <th scope="col">{orders.products}</th>
          <th scope="col" data-align="end">
            {orders.total}
          </th>
        </tr>
      </thead>
      <tbody>
        {order.lines.map((line) => (
          <tr key={line.sku}>
            <td>
              {line.quantity} × {line.name}
            </td>
            <td data-align="end">{format.money(line.total, order.currency)}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">{orders.total}</th>
          <td data-align="end">
            <b>{format.money(order.total, order.currency)}</b>
          </td>
        </tr>
      </tbody>
    </table>
  );
}

function History({ order }: { order: Order }) {
  const { orders } = useTexts();
  return (
    <section>
      <Title order={3} size="h6" mb={4}>
        {orders.history}
      </Title>
      {order.states.map((one) => (
        <Group key={one.state} justify="space-between" gap="xs">
          <Text size="sm">{orders.states[one.state as OrderState] ?? one.state}</Text>
          <Text size="sm" c="dimmed">
            <TimeText at={one.at} />
          </Text>
        </Group>
      ))}
    </section>
  );
}
