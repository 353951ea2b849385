import { Progress, Text } from "@mantine/core";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import classes from "./Broadcasts.module.css";
import { type Counts, funnelOf, progressOf } from "./counts";

/** The progress of a broadcast in the list: its messages by state. counts: null: a draft, or not counted yet. */
export function RowProgress({ counts }: { counts: Counts | null }) {
  const { broadcasts } = useTexts();
  const format = useFormat();
  if (!counts) return "–";
  const { finished, total } = progressOf(counts);
  const words = funnelOf(counts)
    .filter(({ name, count }) => name !== "people" && (name === "sent" || count > 0))
    .map(({ name, count }) => `${format.number(count)} ${broadcasts.steps[name]}`)
    .join(", ");
  return (
    <div className={classes.rowProgress}>
      {finished < total && (
        <Progress
          size="sm"
          value={(100 * finished) / total}
          aria-label={broadcasts.done(format.number(finished), format.number(total))}
        />
      )}
      <Text size="sm">{words}</Text>
    </div>
  );
}
