import { useTexts } from "../../../texts";
import classes from "../Analytics.module.css";
import { Breakdown } from "../Breakdown";
import { PeriodChart } from "../PeriodChart";
import { MeasureTile } from "./MeasureTile";
import type { TabProps } from "./tab";

export function ConversationsTab({ now, before, names }: TabProps) {
  const { analytics: texts } = useTexts();
  return (
    <>
      <div className={classes.tiles}>
        <MeasureTile measure="conversations" now={now} before={before} />
        <MeasureTile measure="new_customers" now={now} before={before} />
        <MeasureTile measure="received" now={now} before={before} />
        <MeasureTile measure="handed_off" now={now} before={before} />
        <MeasureTile measure="closed" now={now} before={before} />
        <MeasureTile measure="reopened" now={now} before={before} />
        <MeasureTile measure="orders" now={now} before={before} />
      </div>
      <PeriodChart
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
