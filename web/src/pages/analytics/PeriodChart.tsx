import { Group, Table, Text, Title } from "@mantine/core";
import { useTexts } from "../../texts";
import { dayOf } from "../../time/days";
import { useFormat } from "../../time/zone";
import { ErrorState } from "../../ui/ErrorState";
import classes from "./Analytics.module.css";
import { useAsked, useStatistics } from "./data";
import { byHours, listDays, listHours } from "./range";

type Props = { series: readonly { measure: string; name: string }[] };

const WIDTH = 1000;
const HEIGHT = 200;
const MOST_TICKS = 8;

/** Counts by day, or by hour of at most two days, as bars, with the same numbers as a table below. */
export function PeriodChart({ series }: Props) {
  const { analytics: texts } = useTexts();
  const format = useFormat();
  const { period, channel, zone } = useAsked();
  const hours = byHours(period);
  const title = hours ? texts.byHour : texts.byDay;
  const query = useStatistics("series", period, channel, hours ? "hour" : "day");
  if (query.isError && !query.data) return <ErrorState error={query.error} onRetry={() => query.refetch()} />;
  const nameOf = (begins: string) => (hours ? new Date(begins).toISOString() : dayOf(new Date(begins), zone));
  const counted = new Map((query.data?.items ?? []).map((point) => [nameOf(point.begins), point.counts]));
  const parts = hours ? listHours(period) : listDays(period);
  const value = (part: string, measure: string) => counted.get(part)?.[measure] ?? 0;
  const most = Math.max(1, ...parts.flatMap((part) => series.map((one) => value(part, one.measure))));
  const step = WIDTH / parts.length;
  const bar = Math.max(1, (step * 0.72) / series.length);
  const every = Math.ceil(parts.length / MOST_TICKS);
  const dayName = new Intl.DateTimeFormat(format.language, {
    month: "short",
    day: "numeric",
    timeZone: "UTC",
  });
  const shown = (part: string) => (hours ? format.time(part) : dayName.format(new Date(part)));
  return (
    <section aria-label={title}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {title}
        </Title>
        <Group gap="md">
          {series.map((one, index) => (
            <Group key={one.measure} gap={6}>
              <span className={classes.key} data-series={index} aria-hidden />
              <Text size="xs">{one.name}</Text>
            </Group>
          ))}
        </Group>
      </Group>
      <Text size="xs" c="dimmed">
        {hours ? texts.upToInHour(format.number(most)) : texts.upTo(format.number(most))}
      </Text>
      {/* Time goes from left to right in every language. */}
      <svg
        className={classes.chart}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={texts.chartOf(title)}
        preserveAspectRatio="none"
      >
        <title>{texts.chartOf(title)}</title>
        {[0, 0.5, 1].map((share) => (
          <line
            key={share}
            className={classes.grid}
            x1={0}
            x2={WIDTH}
            y1={HEIGHT - share * (HEIGHT - 10)}
            y2={HEIGHT - share * (HEIGHT - 10)}
          />
        ))}
        {parts.map((part, place) =>
          series.map((one, index) => {
            const height = (value(part, one.measure) / most) * (HEIGHT - 10);
            return (
              <rect
                key={`${part} ${one.measure}`}
                className={classes.bar}
                data-series={index}
                x={place * step + step * 0.14 + index * bar}
                y={HEIGHT - height}
                width={Math.max(1, bar - 1)}
                height={height}
              >
                <title>{`${shown(part)}: ${one.name} ${format.number(value(part, one.measure))}`}</title>
              </rect>
            );
          }),
        )}
      </svg>
      <div className={classes.axis} dir="ltr" aria-hidden>
        {parts.map((part, place) =>
          place % every === 0 ? (
            <span key={part} style={{ insetInlineStart: `${((place + 0.5) / parts.length) * 100}%` }}>
              {shown(part)}
            </span>
          ) : null,
        )}
      </div>
      <details className={classes.details}>
        <summary>{texts.asTable}</summary>
        <Table.ScrollContainer minWidth={320} mah={360}>
          <Table verticalSpacing={4}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{hours ? texts.at : texts.day}</Table.Th>
                {series.map((one) => (
                  <Table.Th key={one.measure} ta="end">
                    {one.name}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {parts.map((part) => (
                <Table.Tr key={part}>
                  <Table.Td>{shown(part)}</Table.Td>
                  {series.map((one) => (
                    <Table.Td key={one.measure} ta="end">
                      {format.number(value(part, one.measure))}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </details>
    </section>
  );
}
