import { Button, Group, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useFormat, useZone } from "../../time/zone";
import { inZone } from "../../time/zoned";
import { ConfirmDialog } from "../../ui/ConfirmDialog";
import { outcomeOf } from "../../ui/commands";
import { ErrorState } from "../../ui/ErrorState";
import { useIntent } from "../../ui/intent";
import { Estimate } from "./DryRun";
import type { Broadcast } from "./queries";

const TYPED_FROM = 1_000;

/** Starts a draft, now or at a time in the workspace's zone, after a dry run. */
export function Start({ broadcast }: { broadcast: Broadcast }) {
  const { broadcasts } = useTexts();
  const { workspace } = useMember();
  const format = useFormat();
  const zone = useZone();
  const client = useQueryClient();
  const once = useIntent();
  const [local, setLocal] = useState("");
  const [asks, setAsks] = useState(false);
  const path = { workspace, broadcast: broadcast.id };
  const run = useQuery({
    queryKey: [workspace, "broadcast-dry-run", broadcast.id],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/broadcasts/{broadcast}/dry-run", {
          params: { path },
          signal,
        }),
      ),
  });
  const at = local ? inZone(local, zone) : null;
  const start = useMutation({
    mutationFn: async () => {
      const body = { at: at?.at.toISOString() ?? null };
      await once(body, async (key) => {
        const { command } = await answer(
          api.POST("/api/v1/workspaces/{workspace}/broadcasts/{broadcast}/start", {
            params: { path, header: { "Idempotency-Key": key } },
            body,
          }),
        );
        return outcomeOf(workspace, command);
      });
    },
    onSuccess: () => setAsks(false),
    onSettled: () => client.invalidateQueries({ queryKey: [workspace, "broadcasts"] }),
  });
  const people = run.data?.to_send ?? 0;
  const typed =
    people > TYPED_FROM
      ? { value: String(people), label: broadcasts.typePeople(format.number(people)) }
      : undefined;
  return (
    <Stack maw={560} mb="xl">
      <Title order={2}>{broadcasts.start}</Title>
      {run.isPending && <Skeleton height={90} />}
      {run.isError && <ErrorState error={run.error} onRetry={() => run.refetch()} />}
      {run.data && <Estimate found={run.data} channel={broadcast.channel} />}
      <TextInput
        type="datetime-local"
        label={broadcasts.when}
        description={broadcasts.whenText(zone)}
        value={local}
        onChange={(event) => setLocal(event.currentTarget.value)}
      />
      {at && (
        <Text size="sm" role="status">
          {broadcasts.startsAt(`${format.dateTime(at.at)} (${at.offset})`)}
          {at.shifted && ` ${broadcasts.shifted}`}
          {at.twice && ` ${broadcasts.twice}`}
        </Text>
      )}
      <Group>
        <Button disabled={people === 0 || (run.data?.problems.length ?? 1) > 0} onClick={() => setAsks(true)}>
          {at ? broadcasts.schedule : broadcasts.startNow}
        </Button>
      </Group>
      {asks && (
        <ConfirmDialog
          title={broadcasts.confirmTitle(format.number(people))}
          action={at ? broadcasts.schedule : broadcasts.startNow}
          typed={typed}
          pending={start.isPending}
          error={start.error}
          onConfirm={() => start.mutate()}
          onClose={() => setAsks(false)}
        >
          {broadcasts.confirmText}
        </ConfirmDialog>
      )}
    </Stack>
  );
}
