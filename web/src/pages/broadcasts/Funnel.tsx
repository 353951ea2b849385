import { Group, Progress, Stack, Text } from "@mantine/core";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import classes from "./Broadcasts.module.css";
import type { Broadcast } from "./queries";
import { reasonText } from "./reasons";

/** The progress of the messages: of all people, those who were sent to, reached, and have read; and why not the others. */
export function Funnel({ broadcast }: { broadcast: Broadcast }) {
  const { broadcasts } = useTexts();
  const format = useFormat();
  const steps = funnelOf(broadcast.counts);
  const total = Math.max(1, steps[0]?.count ?? 1);
  const { pending = 0, queued = 0 } = broadcast.counts;
  const finished = total - pending - queued;
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
              pending > 0 &&
              ` · ${broadcasts.left(format.duration(pending / broadcast.rate))}`}
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

type Counts = Partial<Record<string, number>>;
type Step = { name: "people" | "sent" | "delivered" | "read" | "failed"; count: number };

/** Returns the steps of the funnel; each has those of the later ones too. */
export function funnelOf(counts: Counts): Step[] {
  const { sent = 0, delivered = 0, read = 0, failed = 0 } = counts;
  const people = Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return [
    { name: "people", count: people },
    { name: "sent", count: sent + delivered + read },
    { name: "delivered", count: delivered + read },
    { name: "read", count: read },
    { name: "failed", count: failed },
  ];
}
