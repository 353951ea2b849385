import { Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { answer, api, type Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { ErrorState } from "../../../ui/ErrorState";
import { late } from "../../../ui/late";
import { OrderBadge } from "../../orders/OrderBadge";
import classes from "./Panel.module.css";
import { Section } from "./Section";

type Order = Schemas["OrderAnswer"];
type State = Schemas["OrderState"];

// It shows what the customer will be told, and what the 24-hour window lets through.
const AdvanceDialog = late(async () => (await import("../../orders/AdvanceDialog")).AdvanceDialog);
const SHOWN = 5;

/** The customer's last orders, which can be moved on. */
export function CustomerOrders({ customer }: { customer: string }) {
  const { panel: t } = useTexts();
  const { workspace, can } = useMember();
  const format = useFormat();
  const [moved, setMoved] = useState<{ order: Order; state: State } | null>(null);
  const orders = useQuery({
    queryKey: [workspace, "customer-orders", customer],
    enabled: can("orders_read"),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/customers/{customer}/orders", {
          params: { path: { workspace, customer } },
          signal,
        }),
      ),
  });
  if (!can("orders_read")) return null;
  const items = orders.data?.items ?? [];
  return (
    <Section title={t.orders}>
      {orders.isError && <ErrorState error={orders.error} onRetry={() => orders.refetch()} />}
      {orders.isSuccess && items.length === 0 && (
        <Text size="sm" c="dimmed">
          {t.noOrders}
        </Text>
      )}
      <ul className={classes.list}>
        {items.slice(0, SHOWN).map((one) => (
          <li key={one.id} className={classes.item}>
            <Group gap={6} justify="space-between" wrap="nowrap">
              <Text size="sm" fw={600}>
                {one.number}
              </Text>
              <OrderBadge state={one.state} names={t.states} />
            </Group>
            <Group gap={6} justify="space-between" wrap="nowrap">
              <Text size="xs" c="dimmed">
                {format.money(one.total, one.currency)} · {format.date(one.placed_at)}
              </Text>
            </Group>
            {can("orders_write") && one.next.length > 0 && (
              <Group gap={4} role="group" aria-label={`${t.advance}: ${one.number}`}>
                {one.next.map((state) => (
                  <Button
                    key={state}
                    size="compact-xs"
                    variant="subtle"
                    onClick={() => setMoved({ order: one, state: state as State })}
                  >
                    → {t.states[state] ?? state}
                  </Button>
                ))}
              </Group>
            )}
          </li>
        ))}
      </ul>
      {moved && (
        <Suspense fallback={null}>
          <AdvanceDialog order={moved.order} state={moved.state} onClose={() => setMoved(null)} />
        </Suspense>
      )}
    </Section>
  );
}
