import { Alert, List, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { ErrorState } from "../../ui/ErrorState";
import { said } from "../../ui/said";
import { channelsQuery } from "../settings/channels/queries";
import { tierLimit } from "../settings/channels/tier";
import { reasonText } from "./reasons";

/** The effect of a broadcast if it began now: how many get it, who does not and why, how long it takes, what it costs. */
export function DryRun({ body }: { body: Schemas["BroadcastDraft"] | null }) {
  const { broadcasts } = useTexts();
  const { workspace } = useMember();
  const [settled] = useDebouncedValue(body ? JSON.stringify(body) : "", 500);
  const run = useQuery({
    queryKey: [workspace, "broadcast-dry-run", settled],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/broadcasts/dry-run", {
          params: { path: { workspace } },
          body: JSON.parse(settled) as Schemas["BroadcastDraft"],
          signal,
        }),
      ),
    enabled: settled !== "",
  });
  return (
    <section aria-label={broadcasts.dryRun}>
      <Title order={2} size="h5" mb="xs">
        {broadcasts.dryRun}
      </Title>
      {!settled && (
        <Text size="sm" c="dimmed">
          {broadcasts.incomplete}
        </Text>
      )}
      {settled && run.isPending && <Skeleton height={80} />}
      {run.isError && <ErrorState error={run.error} onRetry={() => run.refetch()} />}
      {run.data && settled && <Estimate found={run.data} channel={body?.channel ?? ""} />}
    </section>
  );
}

/** The numbers of a dry run. */
export function Estimate({ found, channel }: { found: Schemas["DryRun"]; channel: string }) {
  const { broadcasts } = useTexts();
  const format = useFormat();
  const channels = useQuery(channelsQuery(useMember().workspace)).data?.items ?? [];
  const from = channels.find((one) => !channel || one.id === channel);
  const limit = tierLimit(from?.reported?.limit ?? "");
  return (
    <Stack gap="xs" aria-live="polite">
      {found.problems.length > 0 && (
        <Alert color="red" title={broadcasts.problems} p="sm">
          <List size="sm">
            {found.problems.map((one, place) => {
              const { code = "", values = {} } = found.problem_codes[place] ?? {};
              return <List.Item key={one}>{said(broadcasts.problemTexts, code, values, one)}</List.Item>;
            })}
          </List>
        </Alert>
      )}
      <Text size="xl" fw={650} data-to-send={found.to_send}>
        {broadcasts.toSend(format.number(found.to_send), format.number(found.audience))}
      </Text>
      {found.to_send_other > 0 && (
        <Text size="sm">
          {broadcasts.halves(
            format.number(found.to_send - found.to_send_other),
            format.number(found.to_send_other),
          )}
        </Text>
      )}
      {found.audience === 0 && found.problems.length === 0 && (
        <Alert color="orange" p="sm">
          {broadcasts.nobodyText}
        </Alert>
      )}
      {Object.entries(found.skipped).map(([reason, count]) => (
        <Text key={reason} size="sm">
          {format.number(count)} · {reasonText(reason, broadcasts)}
        </Text>
      ))}
      {found.undeliverable > 0 && (
        <Text size="sm">{broadcasts.undeliverable(format.number(found.undeliverable))}</Text>
      )}
      {found.to_send > 0 && <Text size="sm">{broadcasts.takes(format.duration(found.seconds))}</Text>}
      {limit !== null && found.to_send > limit && (
        <Alert color="orange" p="sm">
          {broadcasts.overTier(format.number(limit), format.number(Math.ceil(found.to_send / limit)))}
        </Alert>
      )}
      <Text size="sm">
        {found.cost === null
          ? broadcasts.noPrice
          : broadcasts.costs(format.money(found.cost, found.currency))}
      </Text>
    </Stack>
  );
}
