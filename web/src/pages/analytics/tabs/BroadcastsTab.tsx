import { Anchor, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { ErrorState } from "../../../ui/ErrorState";
import { Loading } from "../../../ui/Loading";
import { funnelOf } from "../../broadcasts/counts";
import classes from "../Analytics.module.css";
import { Tile } from "../Count";
import { useAsked, useStatistics } from "../data";
import { NumbersTable } from "./NumbersTable";
import type { TabProps } from "./tab";

/** The messages of broadcasts in the period, and the broadcasts that began in it, each with its funnel. */
export function BroadcastsTab({ now, before }: TabProps) {
  const { analytics: texts } = useTexts();
  return (
    <>
      <div className={classes.tiles}>
        {(["sent", "delivered", "read"] as const).map((measure) => (
          <Tile
            key={measure}
            name={texts.measures[measure]}
            value={now[measure].broadcast ?? 0}
            before={before && (before[measure].broadcast ?? 0)}
            measure={measure}
            label="broadcast"
          />
        ))}
      </div>
      <Broadcasts />
    </>
  );
}

function Broadcasts() {
  const { analytics: texts } = useTexts();
  const { workspace } = useMember();
  const format = useFormat();
  const { period, channel } = useAsked();
  const query = useStatistics("broadcasts", period, channel);
  if (query.isPending) return <Loading />;
  if (query.isError && !query.data) return <ErrorState error={query.error} onRetry={() => query.refetch()} />;
  return (
    <section aria-label={texts.begun}>
      <NumbersTable
        minWidth={760}
        heads={[texts.begun, texts.at, ...STEPS.map((step) => texts.funnel[step]), texts.broadcastCost]}
        empty={query.data.items.length === 0}
      >
        {query.data.items.map((one) => {
          const steps =
            one.counts && Object.fromEntries(funnelOf(one.counts).map((step) => [step.name, step.count]));
          return (
            <Table.Tr key={one.broadcast}>
              <Table.Td>
                <Anchor
                  component={Link}
                  to={`/w/${workspace}/broadcasts/${one.broadcast}` as string}
                  size="sm"
                >
                  {one.name}
                </Anchor>
              </Table.Td>
              <Table.Td ta="end">{format.dateTime(one.started_at)}</Table.Td>
              {STEPS.map((step) => (
                <Table.Td key={step} ta="end">
                  {steps ? format.number(steps[step] ?? 0) : "…"}
                </Table.Td>
              ))}
              <Table.Td ta="end">{one.cost === null ? "–" : format.money(one.cost, one.currency)}</Table.Td>
            </Table.Tr>
          );
        })}
      </NumbersTable>
      {query.data.more && (
        <Text size="sm" c="dimmed" mt="xs">
          {texts.onlyLast(format.number(query.data.items.length))}
        </Text>
      )}
    </section>
  );
}

const STEPS = ["people", "sent", "delivered", "read", "failed"] as const;
