import { Button, Checkbox, Group, Select, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { ErrorState, words } from "../../../ui/ErrorState";
import { FormModal } from "../../../ui/FormModal";
import { useIntent } from "../../../ui/intent";
import { OrderBadge } from "../../orders/OrderBadge";
import { refusalOf, useCommands } from "../conversation/useCommands";
import classes from "./Panel.module.css";
import { Section } from "./Section";

type Order = Schemas["OrderAnswer"];
/** As shared/domain/orders.py allows them. */
const NEXT: Record<string, Schemas["OrderState"][]> = {
  placed: ["confirmed", "paid", "cancelled"],
  confirmed: ["paid", "shipped", "cancelled"],
  paid: ["shipped", "cancelled"],
  shipped: ["delivered"],
};
const SHOWN = 5;

type Props = { customer: string; windowEndsAt: string | null };

/** The customer's last orders, which can be moved on. */
export function CustomerOrders({ customer, windowEndsAt }: Props) {
  const { panel: t } = useTexts();
  const { workspace, can } = useMember();
  const format = useFormat();
  const [moved, setMoved] = useState<Order | null>(null);
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
              {can("orders_write") && NEXT[one.state] && (
                <Button size="compact-xs" variant="subtle" onClick={() => setMoved(one)}>
                  {t.advance}
                </Button>
              )}
            </Group>
          </li>
        ))}
      </ul>
      {moved && <Advance order={moved} windowEndsAt={windowEndsAt} onClose={() => setMoved(null)} />}
    </Section>
  );
}

type AdvanceProps = { order: Order; windowEndsAt: string | null; onClose: () => void };

function Advance({ order, windowEndsAt, onClose }: AdvanceProps) {
  const texts = useTexts();
  const { panel: t, common } = texts;
  const client = useQueryClient();
  const { workspace } = useMember();
  const { run } = useCommands();
  const states = NEXT[order.state] ?? [];
  const [state, setState] = useState<Schemas["OrderState"] | undefined>(states[0]);
  const [tell, setTell] = useState(true);
  const [text, setText] = useState("");
  const once = useIntent();
  const advance = useMutation({
    mutationFn: () => {
      const path = { workspace, number: order.number };
      const body = { state: state as Schemas["OrderState"], tell, text: text.trim() };
      const ask = (intent: string) =>
        answer(
          api.POST("/api/v1/workspaces/{workspace}/orders/{number}/advance", {
            params: { path, header: { "Idempotency-Key": intent } },
            body,
          }),
        );
      return once(body, (key) => run(ask, key));
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [workspace, "customer-orders"] });
      onClose();
    },
  });
  const closed = !windowEndsAt || Date.parse(windowEndsAt) < Date.now();
  return (
    <FormModal
      opened
      onClose={onClose}
      title={`${t.advance}: ${order.number}`}
      values={{ state, tell, text }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          advance.mutate();
        }}
      >
        <Stack gap="sm">
          <Select
            label={t.to}
            allowDeselect={false}
            value={state ?? null}
            data={states.map((value) => ({ value, label: t.states[value] ?? value }))}
            onChange={(next) => next && setState(next as Schemas["OrderState"])}
          />
          <Checkbox
            label={t.tell}
            checked={tell}
            onChange={(event) => setTell(event.currentTarget.checked)}
          />
          {tell && (
            <Textarea
              label={t.tellText}
              description={t.tellHint}
              autosize
              minRows={2}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
          )}
          {tell && closed && <Text size="sm">{t.outside}</Text>}
          {advance.isError && (
            <Text size="sm" c="red" role="alert">
              {words(refusalOf(advance.error, texts), texts)}
            </Text>
          )}
          <Group justify="flex-end">
            <Button type="submit" loading={advance.isPending} disabled={!state}>
              {common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
