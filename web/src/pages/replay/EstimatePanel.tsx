import { Skeleton, Stack, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { ProblemError } from "../../api/problem";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { ErrorState } from "../../ui/ErrorState";
import { RequestError } from "../../ui/RequestError";
import classes from "./EstimatePanel.module.css";
import { usd } from "./money";

/** isOld: what is asked for was changed since. */
type Props = { estimate: UseQueryResult<Schemas["ReplayEstimated"]>; isOld: boolean };

/** The work of a replay, and its likely and highest cost. */
export function EstimatePanel({ estimate, isOld }: Props) {
  const { replay: texts } = useTexts();
  const format = useFormat();
  const { data, error } = estimate;
  if (error instanceof ProblemError && !error.temporary) return <RequestError error={error} />;
  if (error && !data) return <ErrorState error={error} onRetry={() => void estimate.refetch()} />;
  if (!data) return <Skeleton height={170} radius="lg" />;
  const money = (amount: string) => usd(format.language, amount);
  return (
    <div className={classes.estimate} aria-live="polite" data-stale={isOld || undefined}>
      <Text size="sm" fw={600}>
        {texts.estimate}
      </Text>
      <p className={classes.estimateNumber}>{format.number(data.messages)}</p>
      <Text size="sm">{texts.messagesOf(format.number(data.conversations))}</Text>
      <Stack gap={4} mt="sm">
        {data.found > data.messages && (
          <Text size="xs" c="dimmed">
            {texts.latestOf(data.found > 2000 ? `${format.number(2000)}+` : format.number(data.found))}
          </Text>
        )}
        <Text size="sm">
          {data.calls === 0 ? texts.noCalls : texts.calls(format.number(data.calls), money(data.usd))}
        </Text>
        {data.most_calls > data.calls && (
          <Text size="xs" c="dimmed">
            {texts.mostCalls(money(data.most_usd))}
          </Text>
        )}
        {data.calls > 0 && (
          <Text size="xs" c="dimmed">
            {data.recorded > 0 ? texts.fromRecorded(format.number(data.recorded)) : texts.fromLengths}
          </Text>
        )}
      </Stack>
    </div>
  );
}
