import { Button, Text, Title, UnstyledButton } from "@mantine/core";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { TimeText } from "../../time/TimeText";
import { useFormat } from "../../time/zone";
import { useCursorList } from "../../ui/DataTable";
import { ErrorState } from "../../ui/ErrorState";
import { Loading } from "../../ui/Loading";
import classes from "./Orders.module.css";
import { loadOrders, type Order } from "./queries";
import { ORDER_STATES, type OrderState } from "./routes";

type Props = { onOpen: (number: string) => void };

/** Orders as cards, a column for each state. */
export function Board({ onOpen }: Props) {
  return (
    <div className={classes.board}>
      {ORDER_STATES.map((state) => (
        <BoardColumn key={state} state={state} onOpen={onOpen} />
      ))}
    </div>
  );
}

function BoardColumn({ state, onOpen }: Props & { state: OrderState }) {
  const { common, orders } = useTexts();
  const { workspace } = useMember();
  const list = useCursorList([workspace, "orders", { state }], (cursor, signal) =>
    loadOrders(workspace, { state }, cursor, signal),
  );
  return (
    <section className={classes.column} aria-label={orders.states[state]}>
      <Title order={2} size="h6" mb="xs">
        {orders.states[state]}
      </Title>
      {list.isPending && <Loading h={80} />}
      {list.error ? <ErrorState error={list.error} onRetry={list.retry} /> : null}
      {!list.isPending && list.rows.length === 0 && (
        <Text size="sm" c="dimmed">
          {orders.emptyColumn}
        </Text>
      )}
      {list.rows.map((order) => (
        <Card key={order.id} order={order} onOpen={onOpen} />
      ))}
      {list.hasMore && (
        <Button variant="subtle" size="xs" loading={list.isLoadingMore} onClick={list.loadMore} fullWidth>
          {common.loadMore}
        </Button>
      )}
    </section>
  );
}

function Card({ order, onOpen }: Props & { order: Order }) {
  const format = useFormat();
  return (
    <UnstyledButton className={classes.card} onClick={() => onOpen(order.number)}>
      <Text size="sm" fw={600}>
        {order.number}
      </Text>
      <Text size="sm" truncate>
        {order.customer}
      </Text>
      <Text size="xs" c="dimmed">
        {format.money(order.total, order.currency)} · <TimeText at={order.placed_at} shape="relative" />
      </Text>
    </UnstyledButton>
  );
}
