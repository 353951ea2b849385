import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { IconFileExport } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { Modal } from "../../ui/dialogs/Modal";
import { ErrorState } from "../../ui/ErrorState";
import { useIntent } from "../../ui/intent";
import { ProofDeclined, useProof } from "../../ui/Proof";
import { DownloadExport } from "./DownloadExport";
import { isOver, jobQuery } from "./jobs";

/** Exports the customers, or those of the segment, to a CSV file; it is made by a job. */
export function ExportButton({ segment }: { segment: string }) {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const [job, setJob] = useState("");
  const withProof = useProof();
  const once = useIntent();
  const client = useQueryClient();
  const start = useMutation({
    mutationFn: () =>
      withProof(() =>
        once({ segment }, (key) =>
          answer(
            api.POST("/api/v1/workspaces/{workspace}/customers/exports", {
              params: { path: { workspace }, header: { "Idempotency-Key": key } },
              body: { segment },
            }),
          ),
        ),
      ),
    onSuccess: ({ id }) => {
      setJob(id);
      void client.invalidateQueries({ queryKey: [workspace, "jobs"] });
    },
  });
  const declined = start.error instanceof ProofDeclined;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconFileExport size={16} aria-hidden />}
        loading={start.isPending}
        onClick={() => start.mutate()}
      >
        {customers.export}
      </Button>
      {(job || (start.isError && !declined)) && (
        <Modal
          opened
          title={customers.exportTitle}
          onClose={() => {
            setJob("");
            start.reset();
          }}
        >
          {job ? <ExportProgress job={job} /> : <ErrorState error={start.error} />}
        </Modal>
      )}
    </>
  );
}

function ExportProgress({ job: id }: { job: string }) {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const format = useFormat();
  const job = useQuery(jobQuery(workspace, id));
  if (job.isError && !job.data) return <ErrorState error={job.error} onRetry={() => job.refetch()} />;
  const done = job.data?.state === "done";
  return (
    <Stack>
      {!done && <Progress value={100} animated striped aria-label={customers.exportRunning} />}
      <Text size="sm" role="status">
        {done
          ? customers.exportDone(format.number(job.data?.counts.customers ?? 0))
          : customers.exportRunning}
      </Text>
      {job.data && isOver(job.data) && job.data.error && <ErrorState error={new Error(job.data.error)} />}
      <Group justify="flex-end">
        <DownloadExport job={job.data} />
      </Group>
    </Stack>
  );
}
