import { Table, Title } from "@mantine/core";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import classes from "./Analytics.module.css";
import { Count } from "./Count";
import { type Counts, sum } from "./numbers";

type Props = {
  title: string;
  counts: Counts;
  before?: Counts;
  measure?: string;
  names?: (label: string) => string;
  sorted?: boolean;
};

/** Counts by label as bars that are rows of a table, so that nothing is told by a picture alone. */
export function Breakdown({
  title,
  counts,
  before = {},
  measure,
  names = (label) => label,
  sorted = true,
}: Props) {
  const { analytics: texts } = useTexts();
  const format = useFormat();
  const labels = Object.keys({ ...before, ...counts });
  if (sorted) labels.sort((one, other) => (counts[other] ?? 0) - (counts[one] ?? 0));
  const all = sum(counts);
  const most = Math.max(1, ...Object.values(counts));
  return (
    <section aria-label={title}>
      <Title order={2} size="h4" mb="xs">
        {title}
      </Title>
      <Table.ScrollContainer minWidth={420}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{texts.what}</Table.Th>
              <Table.Th w="40%" aria-hidden />
              <Table.Th ta="end">{texts.count}</Table.Th>
              <Table.Th ta="end">{texts.share}</Table.Th>
              <Table.Th ta="end">{texts.beforeShort}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {labels.map((label) => {
              const value = counts[label] ?? 0;
              return (
                <Table.Tr key={label}>
                  <Table.Td>{names(label)}</Table.Td>
                  <Table.Td aria-hidden>
                    <div className={classes.track}>
                      <div className={classes.fill} style={{ width: `${(value / most) * 100}%` }} />
                    </div>
                  </Table.Td>
                  <Table.Td ta="end">
                    <Count value={value} measure={measure} label={label} name={names(label)} />
                  </Table.Td>
                  <Table.Td ta="end">{all ? format.percent(value / all) : "–"}</Table.Td>
                  <Table.Td ta="end" c="dimmed">
                    {format.number(before[label] ?? 0)}
                  </Table.Td>
                </Table.Tr>
              );
            })}
            {labels.length === 0 && (
              <Table.Tr>
                <Table.Td colSpan={5} c="dimmed">
                  {texts.nothing}
                </Table.Td>
              </Table.Tr>
            )}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}
