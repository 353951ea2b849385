import { Button, Group, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { download } from "../../../ui/download";
import { ErrorState } from "../../../ui/ErrorState";
import type { Job } from "../jobs";

/** Offers the refused lines with their reasons as a file that can be corrected and imported. */
export function Refused({ job }: { job: Job }) {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const keep = useMutation({
    mutationFn: () => download(`/api/v1/workspaces/${workspace}/jobs/${job.id}/refused`, "refused.csv"),
  });
  if (!job.has_refused) return null;
  return (
    <>
      <Group mb="md">
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          loading={keep.isPending}
          onClick={() => keep.mutate()}
        >
          {customers.downloadRefused}
        </Button>
        <Text size="sm" c="dimmed">
          {customers.refusedText}
        </Text>
      </Group>
      {keep.isError && <ErrorState error={keep.error} />}
    </>
  );
}
