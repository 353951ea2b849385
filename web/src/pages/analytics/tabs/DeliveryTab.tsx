import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import classes from "../Analytics.module.css";
import { Breakdown } from "../Breakdown";
import { Tile } from "../Count";
import { type Counts, sum } from "../numbers";
import { PeriodChart } from "../PeriodChart";
import { MeasureTile } from "./MeasureTile";
import type { TabProps } from "./tab";

export function DeliveryTab({ now, before, names }: TabProps) {
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
        <MeasureTile measure="failed" now={now} before={before} />
      </div>
      <PeriodChart
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
