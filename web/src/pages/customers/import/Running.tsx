import { Progress, Stack, Text } from "@mantine/core";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import type { Job } from "../jobs";

const COUNTED = ["created", "changed", "unchanged", "refused"] as const;

/** The progress of a job; it goes on when the page is closed, and after a crash of the server where it was. */
export function Running({ job }: { job: Job }) {
  const { customers } = useTexts();
  const format = useFormat();
  const total = COUNTED.reduce((sum, name) => sum + (job.expected[name] ?? 0), 0);
  const share = job.checked && total ? Math.min(100, (100 * job.rows) / total) : 100;
  const words =
    job.state === "queued" ? customers.queued : job.checked ? customers.importing : customers.checking;
  return (
    <Stack maw={560} mb="xl">
      <Progress value={share} striped animated aria-label={words} />
      <Text size="sm" role="status">
        {words} {job.rows > 0 && customers.rowsDone(format.number(job.rows))}
      </Text>
      <Text size="sm" c="dimmed">
        {customers.mayLeave}
      </Text>
    </Stack>
  );
}
