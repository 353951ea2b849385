import { Button, Group, Skeleton, Stack, Switch, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type Schemas } from "../../api/client";
import { useMember } from "../../app/me";
import { useSettle } from "../../live/useRefresh";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { ErrorState } from "../../ui/ErrorState";
import { FormModal } from "../../ui/FormModal";
import { useIntent } from "../../ui/intent";
import { refusalOf, useCommandsOf } from "../inbox/conversation/useCommands";
import classes from "./Orders.module.css";
import type { Order } from "./queries";
import type { OrderState } from "./routes";

/** Gives an order its next state, and shows before what the customer will be told, and how. */
export function AdvanceDialog({
  order,
  state,
  onClose,
}: {
  order: Order;
  state: OrderState;
  onClose: () => void;
}) {
  const texts = useTexts();
  const { common, orders } = texts;
  const { workspace } = useMember();
  const [tell, setTell] = useState(true);
  const [text, setText] = useState("");
  const once = useIntent();
  const { run } = useCommandsOf(workspace, order.conversation_id);
  const settle = useSettle();
  const body = { state, tell, text: text.trim() };
  const advance = useMutation({
    mutationFn: () =>
      once(body, (intent) =>
        run(
          (key) =>
            answer(
              api.POST("/api/v1/workspaces/{workspace}/orders/{number}/advance", {
                params: { path: { workspace, number: order.number }, header: { "Idempotency-Key": key } },
                body,
              }),
            ),
          intent,
        ),
      ),
    onSuccess: () => {
      settle(
        [workspace, "orders"],
        [workspace, "customer", order.customer_id],
        [workspace, "customer-orders", order.customer_id],
      );
      onClose();
    },
  });
  return (
    <FormModal
      opened
      onClose={onClose}
      title={orders.advanceTitle(order.number, orders.states[state])}
      values={body}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          advance.mutate();
        }}
      >
        <Stack>
          <Switch
            label={orders.tell}
            checked={tell}
            onChange={(event) => setTell(event.currentTarget.checked)}
          />
          {tell && (
            <Textarea
              label={orders.message}
              description={orders.messageText}
              value={text}
              maxLength={1000}
              autosize
              minRows={2}
              onChange={(event) => setText(event.currentTarget.value)}
            />
          )}
          {tell ? (
            <Notice order={order} state={state} text={text} />
          ) : (
            <Text size="sm">{orders.notTold}</Text>
          )}
          {advance.isError && <ErrorState error={refusalOf(advance.error, texts)} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={advance.isPending}>
              {orders.change}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}

function Notice({ order, state, text }: { order: Order; state: OrderState; text: string }) {
  const { orders } = useTexts();
  const { workspace } = useMember();
  const [settled] = useDebouncedValue(text.trim(), 300);
  const notice = useQuery({
    queryKey: [workspace, "order-notice", order.number, state, settled],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/orders/{number}/advance/preview", {
          params: { path: { workspace, number: order.number } },
          body: { state, tell: true, text: settled },
          signal,
        }),
      ),
    placeholderData: (before) => before,
  });
  if (notice.isPending) return <Skeleton height={64} />;
  if (notice.isError && !notice.data)
    return <ErrorState error={notice.error} onRetry={() => notice.refetch()} />;
  return (
    <Stack gap="xs" aria-live="polite">
      {notice.data.how !== "nothing" && (
        <>
          <Text size="xs" c="dimmed">
            {orders.willRead}
          </Text>
          <div className={classes.message} dir="auto">
            {notice.data.text}
          </div>
        </>
      )}
      <How notice={notice.data} />
    </Stack>
  );
}

function How({ notice }: { notice: Schemas["AdvancePreview"] }) {
  const { orders } = useTexts();
  const format = useFormat();
  if (notice.how === "text") {
    const until = notice.window_ends_at ? format.dateTime(notice.window_ends_at) : "";
    return <Text size="sm">{orders.asText(until)}</Text>;
  }
  if (notice.how === "template") return <Text size="sm">{orders.asTemplate(notice.template)}</Text>;
  return (
    <Text size="sm" c="orange">
      {orders.nothing[notice.why === "opted_out" ? "opted_out" : "no_template"]}
    </Text>
  );
}
