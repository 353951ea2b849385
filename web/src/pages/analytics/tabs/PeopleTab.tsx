import { Table } from "@mantine/core";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { ErrorState } from "../../../ui/ErrorState";
import { Loading } from "../../../ui/Loading";
import classes from "../Analytics.module.css";
import { Breakdown } from "../Breakdown";
import { Count, Tile } from "../Count";
import { useAsked, useStatistics } from "../data";
import { percentile } from "../numbers";
import { MeasureTile } from "./MeasureTile";
import { NumbersTable } from "./NumbersTable";
import type { TabProps } from "./tab";

export function PeopleTab({ now, before, names }: TabProps) {
  const { analytics: texts } = useTexts();
  const format = useFormat();
  const { period, channel } = useAsked();
  const agents = useStatistics("agents", period, channel);
  const waited = (share: number) => {
    const bound = percentile(now.first_answers.classes, share);
    if (bound === null) return "–";
    return bound === Number.POSITIVE_INFINITY ? texts.overDay : `≤ ${format.duration(bound)}`;
  };
  return (
    <>
      <div className={classes.tiles}>
        <Tile
          name={texts.measures.answered}
          value={now.first_answers.answers}
          before={before?.first_answers.answers}
          measure="answered"
        />
        <Tile name={texts.median} shown={waited(0.5)} text={texts.waitText} />
        <Tile name={texts.p90} shown={waited(0.9)} text={texts.waitText} />
        <MeasureTile measure="taken" now={now} before={before} />
        <MeasureTile measure="returned" now={now} before={before} />
      </div>
      {agents.isPending && <Loading />}
      {agents.isError && <ErrorState error={agents.error} onRetry={() => agents.refetch()} />}
      {agents.data && (
        <NumbersTable
          minWidth={480}
          heads={[texts.person, texts.measures.taken, texts.measures.answered, texts.meanWait]}
          empty={agents.data.items.length === 0}
        >
          {agents.data.items.map((one) => (
            <Table.Tr key={one.agent}>
              <Table.Td>{names(one.agent)}</Table.Td>
              <Table.Td ta="end">
                <Count value={one.taken} measure="taken" label={one.agent} name={names(one.agent)} />
              </Table.Td>
              <Table.Td ta="end">
                <Count
                  value={one.first_answers}
                  measure="answered"
                  label={one.agent}
                  name={names(one.agent)}
                />
              </Table.Td>
              <Table.Td ta="end">{one.seconds === null ? "–" : format.duration(one.seconds)}</Table.Td>
            </Table.Tr>
          ))}
        </NumbersTable>
      )}
      <Breakdown
        title={texts.waits}
        counts={now.first_answers.classes}
        before={before?.first_answers.classes}
        measure="waited"
        names={(label) => (label === "longer" ? texts.overDay : `≤ ${format.duration(Number(label))}`)}
        sorted={false}
      />
    </>
  );
}
