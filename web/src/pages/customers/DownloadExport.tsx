import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { download } from "../../ui/download";
import { useProof } from "../../ui/Proof";
import { RequestError } from "../../ui/RequestError";
import type { Job } from "./jobs";

/** Takes the file of an export, once there is one. job: undefined: not known yet. */
export function DownloadExport({ job }: { job: Job | undefined }) {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const withProof = useProof();
  const keep = useMutation({
    mutationFn: (id: string) =>
      withProof(() =>
        download(`/api/v1/workspaces/${workspace}/jobs/${id}/result`, `${workspace}-customers.csv`),
      ),
  });
  return (
    <>
      <RequestError error={keep.error} />
      <Button disabled={!job?.has_result} loading={keep.isPending} onClick={() => job && keep.mutate(job.id)}>
        {customers.downloadFile}
      </Button>
    </>
  );
}
