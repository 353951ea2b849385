import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import classes from "../Analytics.module.css";
import { Breakdown } from "../Breakdown";
import { Tile } from "../Count";
import { containment, sum } from "../numbers";
import { MeasureTile } from "./MeasureTile";
import type { TabProps } from "./tab";

export function AnswersTab({ now, before, names }: TabProps) {
  const { analytics: texts } = useTexts();
  const format = useFormat();
  const kept = containment(now.received, now.handed_off);
  return (
    <>
      <div className={classes.tiles}>
        <MeasureTile measure="sent" now={now} before={before} />
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
