import { Alert, Button, Group } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { ErrorState } from "../../../ui/ErrorState";
import { DownloadExport } from "../DownloadExport";
import type { Job } from "../jobs";
import { Counts } from "./Counts";
import { Refused } from "./Refused";

/** The end of an import, an export or an erasure. */
export function Result({ job, onAgain }: { job: Job; onAgain: () => void }) {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const format = useFormat();
  const written = (job.counts.created ?? 0) + (job.counts.changed ?? 0);
  return (
    <section aria-label={customers.result}>
      {job.state === "failed" ? (
        <ErrorState error={new Error(job.error)} />
      ) : (
        job.kind === "import" && (
          <Alert color="parley" icon={<IconCheck aria-hidden />} mb="md" role="status">
            {customers.importDone(format.number(written))}
          </Alert>
        )
      )}
      {job.kind === "import" && job.state === "done" && <Counts counts={job.counts} />}
      <Refused job={job} />
      <Group my="lg">
        {job.kind === "export" && job.state === "done" && <DownloadExport job={job} />}
        <Button component={Link} to={`/w/${workspace}/customers` as string}>
          {customers.toCustomers}
        </Button>
        <Button variant="default" onClick={onAgain}>
          {customers.otherFile}
        </Button>
      </Group>
    </section>
  );
}
