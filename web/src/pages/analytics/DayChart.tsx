import { Group, Table, Text, Title } from "@mantine/core";
import { useTexts } from "../../texts";
import { dayOf } from "../../time/days";
import { useFormat } from "../../time/zone";
import { ErrorState } from "../../ui/ErrorState";
import classes from "./Analytics.module.css";
import { useAsked, useStatistics } from "./data";
import { listDays } from "./range";

type Props = { title: string; series: readonly { measure: string; name: string }[] };

const WIDTH = 1000;
const HEIGHT = 200;
const MOST_TICKS = 8;

/** Counts by day as bars, with the same numbers as a table below. */
export function DayChart({ title, series }: Props) {
  const { analytics: texts } = useTexts();
  const format = useFormat();
  const { period, channel, zone } = useAsked();
  const query = useStatistics("series", period, channel);
  if (query.isError && !query.data) return <ErrorState error={query.error} onRetry={() => query.refetch()} />;
  const byDay = new Map(
    (query.data?.items ?? []).map((point) => [dayOf(new Date(point.begins), zone), point.counts]),
  );
  const days = listDays(period);
  const value = (day: string, measure: string) => byDay.get(day)?.[measure] ?? 0;
  const most = Math.max(1, ...days.flatMap((day) => series.map((one) => value(day, one.measure))));
  const step = WIDTH / days.length;
  const bar = Math.max(1, (step * 0.72) / series.length);
  const every = Math.ceil(days.length / MOST_TICKS);
  const shownDay = (day: string) =>
    new Intl.DateTimeFormat(format.language, { month: "short", day: "numeric", timeZone: "UTC" }).format(
      new Date(day),
    );
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
        {texts.upTo(format.number(most))}
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
        {days.map((day, place) =>
          series.map((one, index) => {
            const height = (value(day, one.measure) / most) * (HEIGHT - 10);
            return (
              <rect
                key={`${day} ${one.measure}`}
                className={classes.bar}
                data-series={index}
                x={place * step + step * 0.14 + index * bar}
                y={HEIGHT - height}
                width={Math.max(1, bar - 1)}
                height={height}
              >
                <title>{`${shownDay(day)}: ${one.name} ${format.number(value(day, one.measure))}`}</title>
              </rect>
            );
          }),
        )}
      </svg>
      <div className={classes.axis} dir="ltr" aria-hidden>
        {days.map((day, place) =>
          place % every === 0 ? (
            <span key={day} style={{ insetInlineStart: `${((place + 0.5) / days.length) * 100}%` }}>
              {shownDay(day)}
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
                <Table.Th>{texts.day}</Table.Th>
                {series.map((one) => (
                  <Table.Th key={one.measure} ta="end">
                    {one.name}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {days.map((day) => (
                <Table.Tr key={day}>
                  <Table.Td>{shownDay(day)}</Table.Td>
                  {series.map((one) => (
                    <Table.Td key={one.measure} ta="end">
                      {format.number(value(day, one.measure))}
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
