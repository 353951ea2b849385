import { Button, Group, Loader, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { RequestError } from "../../../ui/RequestError";
import { said } from "../../../ui/said";
import classes from "./Channels.module.css";

/** The checks of a channel: what they found last, and a look again. */
const checkQuery = (workspace: string, channel: string) =>
  queryOptions({
    queryKey: [workspace, "channel-check", channel],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/channels/{channel}/check", {
          params: { path: { workspace, channel } },
          signal,
        }),
      ),
    staleTime: 0,
  });

/** A field that the provider refuses, as the last checks have found. certain: no other field may be wrong instead. */
type RefusedField = { name: string; certain: boolean };

/** Returns the fields that the provider refuses. */
export function useRefusedFields(workspace: string, channel: string): RefusedField[] {
  const { data } = useQuery({ ...checkQuery(workspace, channel), enabled: false });
  return (data?.items ?? [])
    .filter((check) => !check.good)
    .flatMap(({ fields }) => fields.map((name) => ({ name, certain: fields.length === 1 })));
}

type Props = { channel: string; ofFile?: boolean; live?: boolean };

/** Checks of a channel. ofFile: its credentials are not set on this page. live: repeat them until all are good. */
export function CheckList({ channel, ofFile = false, live = false }: Props) {
  const { channels: texts, channelFields: words } = useTexts();
  const { workspace, can } = useMember();
  const format = useFormat();
  const query = useQuery({
    ...checkQuery(workspace, channel),
    refetchInterval: (state) => (live && !state.state.data?.good ? 5_000 : false),
  });
  const textOf = ({ code, values, text }: Schemas["ChannelCheck"]) =>
    said(texts.checkTexts, code, values.at ? { ...values, at: format.relative(values.at) } : values, text);
  const adviceOf = (check: Schemas["ChannelCheck"]) => {
    const labels = check.fields.map((field) => words[field as "access_token"]?.label ?? field);
    return labels.length && can("credentials") && !ofFile
      ? texts.fillInAnew(labels)
      : said(texts.checkAdvice, check.code, check.values, check.advice);
  };
  return (
    <div>
      <ul className={classes.checks} aria-live="polite">
        {query.data?.items.map((check) => (
          <li key={check.name} className={classes.check} data-good={check.good}>
            {check.good ? (
              <IconCircleCheck
                className={classes.mark}
                size={20}
                color="var(--mantine-color-teal-7)"
                aria-label={texts.good}
              />
            ) : (
              <IconAlertTriangle
                className={classes.mark}
                size={20}
                color="var(--mantine-color-orange-7)"
                aria-label={texts.notGood}
              />
            )}
            <div>
              <Text size="sm" fw={550}>
                {texts.checkNames[check.name] ?? check.name}
              </Text>
              <Text size="sm">{textOf(check)}</Text>
              {!check.good && check.advice && (
                <Text size="sm" c="dimmed">
                  → {adviceOf(check)}
                </Text>
              )}
            </div>
          </li>
        ))}
      </ul>
      <RequestError error={query.error} />
      <Group mt="sm" gap="sm">
        <Button
          variant="default"
          size="xs"
          onClick={() => query.refetch()}
          loading={query.isFetching && !live}
        >
          {texts.checkAgain}
        </Button>
        {live && query.data && !query.data.good && (
          <Group gap={6}>
            <Loader size={14} />
            <Text size="xs" c="dimmed">
              {texts.watching}
            </Text>
          </Group>
        )}
        {query.data?.good && (
          <Text size="sm" fw={550}>
            {texts.allGood}
          </Text>
        )}
      </Group>
    </div>
  );
}
