import { Anchor, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { ErrorState } from "../../ui/ErrorState";
import { Loading } from "../../ui/Loading";
import classes from "./Analytics.module.css";
import { Breakdown } from "./Breakdown";
import { Count, Tile } from "./Count";
import { DayChart } from "./DayChart";
import { useAsked, useStatistics } from "./data";
import { type Counts, containment, percentile, sum, total } from "./numbers";

type Summary = Schemas["Summary"];
export type TabProps = { now: Summary; before?: Summary; names: (label: string) => string };

export function Conversations({ now, before, names }: TabProps) {
  const { analytics: texts } = useTexts();
  return (
    <>
      <div className={classes.tiles}>
        <Tile
          name={texts.measures.received}
          value={sum(now.received)}
          before={sum(before?.received)}
          measure="received"
        />
        <Tile
          name={texts.measures.handed_off}
          value={now.handed_off}
          before={before?.handed_off}
          measure="handed_off"
        />
        <Tile name={texts.measures.closed} value={now.closed} before={before?.closed} measure="closed" />
        <Tile
          name={texts.measures.reopened}
          value={now.reopened}
          before={before?.reopened}
          measure="reopened"
        />
        <Tile
          name={texts.measures.orders}
          value={sum(now.orders)}
          before={sum(before?.orders)}
          measure="orders"
        />
      </div>
      <DayChart
        title={texts.byDay}
        series={[
          { measure: "received", name: texts.measures.received },
          { measure: "sent", name: texts.measures.sent },
          { measure: "handed_off", name: texts.measures.handed_off },
        ]}
      />
      <Breakdown
        title={texts.decisions}
        counts={now.received}
        before={before?.received}
        measure="received"
        names={names}
      />
    </>
  );
}

export function Answers({ now, before, names }: TabProps) {
  const { analytics: texts } = useTexts();
  const format = useFormat();
  const kept = containment(now.received, now.handed_off);
  return (
    <>
      <div className={classes.tiles}>
        <Tile name={texts.measures.sent} value={sum(now.sent)} before={sum(before?.sent)} measure="sent" />
        <Tile
          name={texts.contained}
          shown={kept === null ? "–" : format.percent(kept)}
          text={texts.containedText}
        />
        <Tile
          name={texts.byModels}
          value={sum(now.ai_answers)}
          before={sum(before?.ai_answers)}
          measure="ai_answers"
        />
      </div>
      <Breakdown title={texts.authors} counts={now.sent} before={before?.sent} measure="sent" names={names} />
      <Breakdown
        title={texts.models}
        counts={now.ai_answers}
        before={before?.ai_answers}
        measure="ai_answers"
        names={names}
      />
    </>
  );
}

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
        <Tile name={texts.measures.taken} value={now.taken} before={before?.taken} measure="taken" />
        <Tile
          name={texts.measures.returned}
          value={now.returned}
          before={before?.returned}
          measure="returned"
        />
      </div>
      {agents.isPending && <Loading />}
      {agents.isError && <ErrorState error={agents.error} onRetry={() => agents.refetch()} />}
      {agents.data && (
        <Table.ScrollContainer minWidth={480}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{texts.person}</Table.Th>
                <Table.Th ta="end">{texts.measures.taken}</Table.Th>
                <Table.Th ta="end">{texts.measures.answered}</Table.Th>
                <Table.Th ta="end">{texts.meanWait}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
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
              {agents.data.items.length === 0 && (
                <Table.Tr>
                  <Table.Td colSpan={4} c="dimmed">
                    {texts.nothing}
                  </Table.Td>
                </Table.Tr>
              )}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
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

export function FlowsTab({ names }: TabProps) {
  const { analytics: texts } = useTexts();
  const { period, channel } = useAsked();
  const flows = useStatistics("flows", period, channel);
  if (flows.isPending) return <Loading />;
  if (flows.isError) return <ErrorState error={flows.error} onRetry={() => flows.refetch()} />;
  const rows = flows.data.items;
  const ends: Record<string, Counts> = {};
  for (const row of rows) {
    const key = [row.flow, row.step, row.why].join(" ").trim();
    ends[row.flow] = { ...ends[row.flow], [key]: row.ended };
  }
  if (!rows.length) return <Text size="sm">{texts.noFlows}</Text>;
  return Object.entries(ends).map(([flow, counts]) => (
    <Breakdown
      key={flow}
      title={texts.endsOf(flow)}
      counts={counts}
      measure="flows_ended"
      names={(label) => {
        const [, step = "", why = ""] = label.split(" ");
        return [names(why), step].filter(Boolean).join(" · ");
      }}
    />
  ));
}

export function Broadcasts({ now, before }: TabProps) {
  const { analytics: texts } = useTexts();
  const { workspace } = useMember();
  return (
    <>
      <div className={classes.tiles}>
        {(["sent", "delivered", "read"] as const).map((measure) => (
          <Tile
            key={measure}
            name={texts.measures[measure]}
            value={now[measure].broadcast ?? 0}
            before={before?.[measure].broadcast}
            measure={measure}
            label="broadcast"
          />
        ))}
      </div>
      <Text size="sm">
        <Anchor component={Link} to={`/w/${workspace}/broadcasts` as string}>
          {texts.allBroadcasts}
        </Anchor>
      </Text>
    </>
  );
}

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
        <Table.ScrollContainer minWidth={420}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{texts.model}</Table.Th>
                <Table.Th ta="end">{texts.byModels}</Table.Th>
                <Table.Th ta="end">{texts.cost}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {costs.data.items.map((one) => (
                <Table.Tr key={one.model}>
                  <Table.Td>{names(one.model)}</Table.Td>
                  <Table.Td ta="end">
                    <Count value={one.answers} measure="ai_answers" label={one.model} name={one.model} />
                  </Table.Td>
                  <Table.Td ta="end">{format.money(one.usd, "USD")}</Table.Td>
                </Table.Tr>
              ))}
              {costs.data.items.length === 0 && (
                <Table.Tr>
                  <Table.Td colSpan={3} c="dimmed">
                    {texts.nothing}
                  </Table.Td>
                </Table.Tr>
              )}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </>
  );
}

export function Delivery({ now, before, names }: TabProps) {
  const { analytics: texts } = useTexts();
  const format = useFormat();
  const sent = sum(now.sent);
  const share = (part: Counts) => (sent ? format.percent(sum(part) / sent) : "–");
  return (
    <>
      <div className={classes.tiles}>
        <Tile name={texts.measures.sent} value={sent} before={sum(before?.sent)} measure="sent" />
        <Tile
          name={texts.measures.delivered}
          value={sum(now.delivered)}
          measure="delivered"
          text={texts.ofSent(share(now.delivered))}
        />
        <Tile
          name={texts.measures.read}
          value={sum(now.read)}
          measure="read"
          text={texts.ofSent(share(now.read))}
        />
        <Tile
          name={texts.measures.failed}
          value={sum(now.failed)}
          before={sum(before?.failed)}
          measure="failed"
        />
      </div>
      <DayChart
        title={texts.byDay}
        series={[
          { measure: "sent", name: texts.measures.sent },
          { measure: "failed", name: texts.measures.failed },
          { measure: "delivered", name: texts.measures.delivered },
        ]}
      />
      <Breakdown
        title={texts.failures}
        counts={now.failed}
        before={before?.failed}
        measure="failed"
        names={names}
      />
    </>
  );
}
