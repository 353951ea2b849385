import { Text, Title } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import classes from "./Figures.module.css";
import { ORIGINS } from "./kinds";
import { seconds, usd } from "./money";
import shared from "./Replay.module.css";

type Summary = Schemas["ReplaySummaryShown"];
type Side = "then" | "now";
const SIDES: readonly Side[] = ["then", "now"];

/** Bars of who answers, at what cost and how fast: then and now. */
export function Figures({ summary }: { summary: Summary }) {
  const { replay: texts } = useTexts();
  const { language } = useFormat();
  const money = (value: number | null) => usd(language, value ?? 0);
  const time = (value: number | null) => seconds(language, value);
  return (
    <div className={classes.figures}>
      <Mix summary={summary} />
      <section aria-label={texts.cost}>
        <Title order={2} size="h4">
          {texts.cost}
        </Title>
        <Pair values={[Number(summary.then.usd), Number(summary.now.usd)]} shown={money} />
      </section>
      <section aria-label={texts.time}>
        <Title order={2} size="h4">
          {texts.time}
        </Title>
        <Text size="xs" c="dimmed" mt={6}>
          {texts.p50}
        </Text>
        <Pair values={[summary.then.p50, summary.now.p50]} shown={time} />
        <Text size="xs" c="dimmed" mt={10}>
          {texts.p95}
        </Text>
        <Pair values={[summary.then.p95, summary.now.p95]} shown={time} />
      </section>
    </div>
  );
}

type PairProps = {
  values: readonly [number | null, number | null];
  shown: (value: number | null) => string;
};

/** Two bars, one above the other. */
function Pair({ values, shown }: PairProps) {
  const { replay: texts } = useTexts();
  const most = Math.max(...values.map((one) => one ?? 0), Number.EPSILON);
  return (
    <dl className={classes.pair}>
      {SIDES.map((side, place) => (
        <div key={side} className={classes.pairRow}>
          <dt>{texts[side]}</dt>
          <dd>
            <span className={classes.pairTrack} aria-hidden>
              <span
                className={classes.pairBar}
                data-side={side}
                style={{ width: `${((values[place] ?? 0) / most) * 100}%` }}
              />
            </span>
            <span className={classes.pairValue}>{shown(values[place] ?? null)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** The share of each answerer: a bar for then and one for now, and the numbers as a table. */
function Mix({ summary }: { summary: Summary }) {
  const { replay: texts } = useTexts();
  const format = useFormat();
  const shown = ORIGINS.filter((one) => summary.then.origins[one] || summary.now.origins[one]);
  return (
    <section aria-label={texts.whoAnswers} className={classes.mix}>
      <Title order={2} size="h4">
        {texts.whoAnswers}
      </Title>
      {SIDES.map((side) => (
        <div key={side} className={classes.mixRow} aria-hidden>
          <span className={classes.mixName}>{texts[side]}</span>
          <span className={classes.mixBar}>
            {shown.map((one) => (
              <span
                key={one}
                className={`${shared.byOrigin} ${classes.mixPart}`}
                data-origin={one}
                style={{ flexGrow: summary[side].origins[one] ?? 0 }}
              />
            ))}
          </span>
        </div>
      ))}
      <table className={classes.mixTable}>
        <thead>
          <tr>
            <th scope="col">{texts.answeredBy}</th>
            <th scope="col">{texts.then}</th>
            <th scope="col">{texts.now}</th>
            <th scope="col">{texts.change}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((one) => {
            const then = summary.then.origins[one] ?? 0;
            const now = summary.now.origins[one] ?? 0;
            const sign = now > then ? "+" : now < then ? "−" : "";
            return (
              <tr key={one}>
                <th scope="row">
                  <span className={`${shared.byOrigin} ${classes.key}`} data-origin={one} aria-hidden />
                  {texts.origins[one]}
                </th>
                <td>{format.number(then)}</td>
                <td>{format.number(now)}</td>
                <td>{sign ? `${sign}${format.number(Math.abs(now - then))}` : "="}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
