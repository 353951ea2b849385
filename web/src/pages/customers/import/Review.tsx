import { Button, Group, Table, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { ErrorState } from "../../../ui/ErrorState";
import { useIntent } from "../../../ui/intent";
import { Loading } from "../../../ui/Loading";
import { type Job, jobQuery } from "../jobs";
import { Counts } from "./Counts";
import type { Meaning } from "./columns";
import { Refused } from "./Refused";

/** The findings of the check: counts, the meaning of each column, and the first lines; then import or give up. */
export function Review({ job, onAgain }: { job: Job; onAgain: () => void }) {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const format = useFormat();
  const client = useQueryClient();
  const once = useIntent();
  const path = { workspace, job: job.id };
  const run = useMutation({
    mutationFn: () =>
      once(job.id, (key) =>
        answer(
          api.POST("/api/v1/workspaces/{workspace}/jobs/{job}/run", {
            params: { path, header: { "Idempotency-Key": key } },
          }),
        ),
      ),
    onSuccess: (queued) => client.setQueryData(jobQuery(workspace, job.id).queryKey, queued),
  });
  const remove = useMutation({
    mutationFn: () => answer(api.DELETE("/api/v1/workspaces/{workspace}/jobs/{job}", { params: { path } })),
    onSuccess: async () => {
      onAgain();
      await client.invalidateQueries({ queryKey: [workspace, "jobs"] });
    },
  });
  const writes = (job.expected.created ?? 0) + (job.expected.changed ?? 0);
  return (
    <section aria-label={customers.stepCheck}>
      <Counts counts={job.expected} />
      <Refused job={job} />
      <PreviewTable job={job} />
      {run.isError && <ErrorState error={run.error} onRetry={() => run.mutate()} />}
      {remove.isError && <ErrorState error={remove.error} />}
      <Group my="lg">
        <Button onClick={() => run.mutate()} loading={run.isPending} disabled={writes === 0}>
          {customers.runImport(format.number(writes))}
        </Button>
        <Button variant="default" onClick={() => remove.mutate()} loading={remove.isPending}>
          {customers.otherFile}
        </Button>
      </Group>
    </section>
  );
}

function PreviewTable({ job }: { job: Job }) {
  const { customers } = useTexts();
  const { workspace } = useMember();
  const preview = useQuery({
    queryKey: [workspace, "job", job.id, "preview"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/jobs/{job}/preview", {
          params: { path: { workspace, job: job.id } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (preview.isPending) return <Loading h={120} />;
  if (preview.isError && !preview.data)
    return <ErrorState error={preview.error} onRetry={() => preview.refetch()} />;
  const { columns, lines } = preview.data;
  return (
    <Table.ScrollContainer minWidth={600}>
      <Table aria-label={customers.firstLines} fz="sm">
        <Table.Caption>{customers.firstLines}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{customers.line}</Table.Th>
            {columns.map((column) => (
              <Table.Th key={column.title}>
                {column.title}
                <Text size="xs" c="dimmed" fw={400}>
                  {meaning(column.meaning, customers)}
                </Text>
              </Table.Th>
            ))}
            <Table.Th>{customers.result}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map((line) => (
            <Table.Tr key={line.line}>
              <Table.Td>{line.line}</Table.Td>
              {columns.map((column, place) => (
                <Table.Td key={column.title} dir="auto">
                  {line.cells[place]}
                </Table.Td>
              ))}
              <Table.Td c={line.reason ? "red" : "dimmed"}>
                {line.reason ? customers.refusedBecause(line.reason) : customers.fine}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function meaning(name: string, customers: ReturnType<typeof useTexts>["customers"]): string {
  if (!name) return customers.ignored;
  if (name.startsWith("field:")) return customers.customField;
  return customers.meanings[name as Meaning] ?? name;
}
