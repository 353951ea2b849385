import { Badge, Title } from "@mantine/core";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { TimeText } from "../../../time/TimeText";
import { DataTable, useCursorList } from "../../../ui/DataTable";
import { EmptyState } from "../../../ui/EmptyState";

const COLORS = { queued: "gray", running: "blue", checked: "orange", done: "parley", failed: "red" } as const;

/** The imports, exports and erasures of the last week. */
export function JobList({ onOpen }: { onOpen: (job: string) => void }) {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const list = useCursorList([workspace, "jobs"], (cursor, signal) =>
    answer(
      api.GET("/api/v1/workspaces/{workspace}/jobs", {
        params: { path: { workspace }, query: cursor ? { cursor } : {} },
        signal,
      }),
    ),
  );
  return (
    <>
      <Title order={2} mt="xl" mb="sm">
        {customers.lastJobs}
      </Title>
      <DataTable
        label={customers.lastJobs}
        list={list}
        rowKey={(row) => row.id}
        name={(row) => customers.jobKinds[row.kind]}
        onOpen={(row) => onOpen(row.id)}
        columns={[
          { key: "kind", title: customers.kind, cell: (row) => customers.jobKinds[row.kind] },
          {
            key: "state",
            title: customers.state,
            cell: (row) => (
              <Badge color={COLORS[row.state]} variant="light" tt="none">
                {customers.jobStates[row.state]}
              </Badge>
            ),
          },
          { key: "by", title: customers.by, cell: (row) => row.by, grow: true },
          { key: "at", title: customers.at, cell: (row) => <TimeText at={row.at} />, nowrap: true },
        ]}
        empty={<EmptyState title={customers.noJobs} />}
      />
    </>
  );
}
