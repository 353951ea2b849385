import { Group, Progress, Stack, Text } from "@mantine/core";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import classes from "./Broadcasts.module.css";
import { funnelOf, progressOf, secondsLeft } from "./counts";
import type { Broadcast } from "./queries";
import { reasonText } from "./reasons";

/** The progress of the messages: of all people, those who were sent to, reached, and have read; and why not the others. */
export function Funnel({ broadcast }: { broadcast: Broadcast }) {
  const { broadcasts } = useTexts();
  const format = useFormat();
  const steps = funnelOf(broadcast.counts);
  const total = Math.max(1, steps[0]?.count ?? 1);
  const { finished } = progressOf(broadcast.counts);
  const left = secondsLeft(broadcast.counts.pending ?? 0, broadcast.rate, broadcast.speed);
  return (
    <section aria-label={broadcasts.progress}>
      {["running", "scheduled", "paused"].includes(broadcast.stage) && (
        <Stack gap={4} mb="lg">
          <Progress
            value={(100 * finished) / total}
            aria-label={broadcasts.progress}
            animated={broadcast.stage === "running"}
          />
          <Text size="sm" c="dimmed" role="status">
            {broadcasts.done(format.number(finished), format.number(total))}
            {broadcast.stage === "running" &&
              left !== null &&
              ` · ${broadcasts.speedNow(format.number(broadcast.speed ?? 0), format.number(broadcast.rate))} · ${broadcasts.left(format.duration(left))}`}
          </Text>
        </Stack>
      )}
      <ol className={classes.funnel}>
        {steps.map(({ name, count }) => (
          <li key={name}>
            <Text size="xl" fw={650} data-step={name}>
              {format.number(count)}
            </Text>
            <Text size="sm" c="dimmed">
              {broadcasts.steps[name]} · {format.percent(count / total)}
            </Text>
            <div className={classes.bar} style={{ width: `${(100 * count) / total}%` }} aria-hidden />
          </li>
        ))}
      </ol>
      <Group align="flex-start" gap="xl" mb="lg">
        <Reasons title={broadcasts.skippedTitle} reasons={broadcast.skipped} />
        <Reasons title={broadcasts.failedTitle} reasons={broadcast.failed} />
      </Group>
    </section>
  );
}

function Reasons({ title, reasons }: { title: string; reasons: Record<string, number> }) {
  const { broadcasts } = useTexts();
  const format = useFormat();
  const rows = Object.entries(reasons);
  if (rows.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {title}
      </Text>
      {rows.map(([reason, count]) => (
        <Text key={reason} size="sm">
          {format.number(count)} · {reasonText(reason, broadcasts)}
        </Text>
      ))}
    </div>
  );
}
