import { Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { OrderBadge } from "./OrderBadge";
import { ORDER_STATES } from "./routes";

const DAYS = 30;

/** The numbers and sums of the last days by state. */
export function Totals() {
  const { orders } = useTexts();
  const { workspace } = useMember();
  const format = useFormat();
  const totals = useQuery({
    queryKey: [workspace, "orders", "totals"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/orders/totals", {
          params: { path: { workspace }, query: { days: DAYS } },
          signal,
        }),
      ),
  });
  const items = totals.data?.items ?? [];
  if (items.length === 0) return null;
  const states = ORDER_STATES.filter((state) => items.some((one) => one.state === state));
  return (
    <section aria-label={orders.lastDays(DAYS)}>
      <Text size="xs" c="dimmed" mb={6}>
        {orders.lastDays(DAYS)}
      </Text>
      <Group gap="xl" mb="lg" align="flex-start">
        {states.map((state) => {
          const rows = items.filter((one) => one.state === state);
          const count = rows.reduce((sum, one) => sum + one.orders, 0);
          return (
            <Stack key={state} gap={2}>
              <OrderBadge state={state} names={orders.states} />
              <Text fw={650} size="lg">
                {rows.map((one) => format.money(one.total, one.currency)).join(" + ")}
              </Text>
              <Text size="xs" c="dimmed">
                {orders.count(format.number(count))}
              </Text>
            </Stack>
          );
        })}
      </Group>
    </section>
  );
}
