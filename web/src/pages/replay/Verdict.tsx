import { Text } from "@mantine/core";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { usd } from "./money";
import type { ReplayDetails } from "./queries";
import classes from "./Verdict.module.css";

/** The result of the replay, in a sentence that can be read aloud. */
export function Verdict({ replay }: { replay: ReplayDetails }) {
  const { replay: texts } = useTexts();
  const format = useFormat();
  const { summary } = replay;
  const number = format.number;
  const then = Number(summary.then.usd);
  const now = Number(summary.now.usd);
  const changeOf = (before: number, after: number) => {
    const share = before > 0 ? after / before - 1 : 0;
    const isShown = Math.abs(share) >= 0.0005; // less is 0% as it is written
    return isShown ? `${share > 0 ? "+" : "−"}${format.percent(Math.abs(share))}` : "";
  };
  const sentences = [
    summary.cheaper || summary.dearer
      ? texts.cheaperDearer(number(summary.cheaper), number(summary.dearer))
      : "",
    then || now
      ? texts.costSentence(usd(format.language, now), usd(format.language, then), changeOf(then, now))
      : "",
    summary.refused ? texts.refusedSentence(number(summary.refused)) : "",
    summary.differences.unknown ? texts.unknownSentence(number(summary.differences.unknown)) : "",
    summary.voted
      ? texts.votedSentence(number(summary.votes.better ?? 0), number(summary.votes.worse ?? 0))
      : "",
  ];
  return (
    <section className={classes.verdict} aria-label={texts.verdict}>
      <p className={classes.verdictLine}>
        {summary.differ === 0 && !summary.differences.unknown
          ? texts.noneDiffer(number(summary.done))
          : texts.differSentence(number(summary.done), number(summary.differ))}
      </p>
      <Text size="sm" className={classes.verdictMore}>
        {sentences.filter(Boolean).join(" ")}
      </Text>
    </section>
  );
}
