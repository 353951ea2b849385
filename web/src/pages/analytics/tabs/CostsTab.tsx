import { Table } from "@mantine/core";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { ErrorState } from "../../../ui/ErrorState";
import classes from "../Analytics.module.css";
import { Count, Tile } from "../Count";
import { useAsked, useStatistics } from "../data";
import { sum, total } from "../numbers";
import { NumbersTable } from "./NumbersTable";
import type { TabProps } from "./tab";

export function CostsTab({ now, before, names }: TabProps) {
  const { analytics: texts } = useTexts();
  const format = useFormat();
  const { period, channel } = useAsked();
  const costs = useStatistics("costs", period, channel);
  const usd = total(now.ai_usd);
  const answers = sum(now.ai_answers);
  return (
    <>
      <div className={classes.tiles}>
        <Tile
          name={texts.cost}
          shown={format.money(usd, "USD")}
          text={before ? texts.costBefore(format.money(total(before.ai_usd), "USD")) : undefined}
        />
        <Tile name={texts.byModels} value={answers} before={sum(before?.ai_answers)} measure="ai_answers" />
        <Tile
          name={texts.perAnswer}
          shown={answers ? format.money(usd / answers, "USD") : "–"}
          text={texts.perAnswerText}
        />
        {costs.data?.routing && costs.data.routing.answers > 0 && (
          <Tile
            name={texts.saved}
            shown={format.money(Number(costs.data.routing.other_usd) - Number(costs.data.routing.usd), "USD")}
            text={texts.savedText(format.number(costs.data.routing.answers))}
          />
        )}
      </div>
      {costs.isError && <ErrorState error={costs.error} onRetry={() => costs.refetch()} />}
      {costs.data && (
        <NumbersTable
          minWidth={420}
          heads={[texts.model, texts.byModels, texts.cost]}
          empty={costs.data.items.length === 0}
        >
          {costs.data.items.map((one) => (
            <Table.Tr key={one.model}>
              <Table.Td>{names(one.model)}</Table.Td>
              <Table.Td ta="end">
                <Count value={one.answers} measure="ai_answers" label={one.model} name={one.model} />
              </Table.Td>
              <Table.Td ta="end">{format.money(one.usd, "USD")}</Table.Td>
            </Table.Tr>
          ))}
        </NumbersTable>
      )}
    </>
  );
}
