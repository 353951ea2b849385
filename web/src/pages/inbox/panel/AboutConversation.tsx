import { Button, Group, Text } from "@mantine/core";
import { Suspense, useState } from "react";
import type { Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { late } from "../../../ui/late";
import type { Action } from "../conversation/useActions";
import classes from "./Panel.module.css";
import { Section } from "./Section";
import { sumsOf } from "./sums";

const StartFlow = late(async () => (await import("./StartFlow")).StartFlow);

type Props = { details: Schemas["ConversationDetails"]; onAct: (action: Action) => void };

/** The conversation's cart and its place in a flow. */
export function AboutConversation({ details, onAct }: Props) {
  const { panel: t, conversation } = useTexts();
  const { can } = useMember();
  const format = useFormat();
  const { cart, cart_note: note, flow, row } = details;
  const [isStarting, setStarting] = useState(false);
  return (
    <>
      {cart.length > 0 && (
        <Section title={t.cart}>
          <ul className={classes.list}>
            {cart.map((line) => (
              <li key={line.sku} className={classes.item}>
                <Group gap={6} justify="space-between" wrap="nowrap" align="baseline">
                  <Text size="sm" dir="auto">
                    {conversation.orderLine(line.quantity, line.name || line.sku)}
                  </Text>
                  <Text size="sm" c={line.total === null ? "dimmed" : undefined}>
                    {line.total === null ? t.notSold : format.money(line.total, line.currency)}
                  </Text>
                </Group>
              </li>
            ))}
          </ul>
          {sumsOf(cart).map(([currency, sum]) => (
            <Group key={currency} justify="space-between">
              <Text size="sm" fw={600}>
                {t.cartSum}
              </Text>
              <Text size="sm" fw={600}>
                {format.money(sum, currency)}
              </Text>
            </Group>
          ))}
          {note && (
            <Text size="sm" dir="auto">
              {note}
            </Text>
          )}
        </Section>
      )}
      <Section
        title={t.flow}
        action={
          can("conversations_write") &&
          // The router starts none while a person has the conversation.
          (flow || row.mode !== "human") && (
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() => (flow ? onAct({ kind: "stop-flow" }) : setStarting(true))}
            >
              {flow ? t.stopFlow : t.startFlow}
            </Button>
          )
        }
      >
        {flow ? (
          <Text size="sm">
            <strong>{flow.flow}</strong> · {t.flowAt(flow.step)}
            {flow.waits_until && ` ${t.flowUntil(format.dateTime(flow.waits_until))}`}
          </Text>
        ) : (
          <Text size="sm" c="dimmed">
            {t.noFlow}
          </Text>
        )}
        <Suspense>
          {isStarting && (
            <StartFlow
              onClose={() => setStarting(false)}
              onStart={(name) => {
                setStarting(false);
                onAct({ kind: "start-flow", flow: name });
              }}
            />
          )}
        </Suspense>
      </Section>
      <Section title={t.about}>
        <dl className={classes.facts}>
          <dt>{t.channel}</dt>
          <dd>{row.channel}</dd>
          {details.language && (
            <>
              <dt>{t.language}</dt>
              <dd>{languageName(details.language, format.language)}</dd>
            </>
          )}
          {details.opened_at && (
            <>
              <dt>{t.opened}</dt>
              <dd>{format.dateTime(details.opened_at)}</dd>
            </>
          )}
        </dl>
      </Section>
    </>
  );
}

function languageName(code: string, language: string): string {
  try {
    return new Intl.DisplayNames(language, { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
