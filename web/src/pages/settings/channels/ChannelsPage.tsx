import { Alert, Button, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconDeviceMobile, IconFileText, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { dayOf, startOfDay } from "../../../time/days";
import { TimeText } from "../../../time/TimeText";
import { useFormat, useZone } from "../../../time/zone";
import { EmptyState } from "../../../ui/EmptyState";
import { ErrorState } from "../../../ui/ErrorState";
import { Loading } from "../../../ui/Loading";
import { Page } from "../../../ui/Page";
import { StateBadge } from "../../../ui/StateBadge";
import classes from "./Channels.module.css";
import { PROVIDERS } from "./providers";
import { type Channel, channelsQuery, channelTodayQuery, stateOf } from "./queries";
import { Reported } from "./Reported";

export const LOOKS = { stopped: "bad", refused: "warning", quiet: "off", good: "good" } as const;

/** The numbers of the workspace as cards. */
export function ChannelsPage() {
  const { settings, channels: texts } = useTexts();
  const member = useMember();
  const query = useQuery(channelsQuery(member.workspace));
  const shown = query.data?.items.filter(
    (one) => member.channels.length === 0 || member.channels.includes(one.id),
  );
  const add = member.can("credentials") && query.data?.managed.managed_by !== "file" && (
    <Button
      component={Link}
      to={`/w/${member.workspace}/settings/channels/add` as string}
      leftSection={<IconPlus size={16} />}
    >
      {texts.add}
    </Button>
  );
  return (
    <Page title={settings.pages.channels} text={settings.about.channels} actions={add}>
      {query.isPending && <Loading />}
      {query.isError && <ErrorState error={query.error} onRetry={() => query.refetch()} />}
      {query.data?.managed.managed_by === "file" && (
        <Alert role="note" color="blue" icon={<IconFileText />} mb="lg">
          {texts.ofFile}
        </Alert>
      )}
      {shown?.length === 0 && (
        <EmptyState
          icon={<IconDeviceMobile size={32} stroke={1.5} />}
          title={texts.empty}
          text={member.can("credentials") ? texts.emptyText : texts.emptyOthers}
          action={add}
        />
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {shown?.map((channel) => (
          <ChannelCard key={channel.id} channel={channel} />
        ))}
      </SimpleGrid>
    </Page>
  );
}

function ChannelCard({ channel }: { channel: Channel }) {
  const { channels: texts } = useTexts();
  const { workspace, can } = useMember();
  const state = stateOf(channel);
  return (
    <article className={classes.card} aria-label={channel.id}>
      <Group justify="space-between" align="flex-start" gap="xs" mb="sm">
        <div style={{ minWidth: 0 }}>
          <Title order={2} size="h4">
            <Link to={`/w/${workspace}/settings/channels/${channel.id}` as string} className={classes.title}>
              <bdi dir="ltr" style={{ whiteSpace: "nowrap" }}>
                {channel.address}
              </bdi>
            </Link>
          </Title>
          <Text size="sm" c="dimmed">
            {channel.id} · {PROVIDERS[channel.provider as keyof typeof PROVIDERS]?.title ?? channel.provider}
          </Text>
        </div>
        <StateBadge look={LOOKS[state]}>{texts.states[state]}</StateBadge>
      </Group>
      {channel.stopped && (
        <Text size="sm" c="red" mb="xs">
          {channel.stopped.reason} · {texts.held(channel.stopped.held)}
        </Text>
      )}
      <Stack gap={4}>
        <Text size="sm">
          {texts.lastWebhook}:{" "}
          <TimeText at={channel.webhooks.accepted_at} shape="relative" empty={texts.never} />
        </Text>
        {channel.webhooks.refused_at && (
          <Text size="sm">
            {texts.lastRefused}: <TimeText at={channel.webhooks.refused_at} shape="relative" />
          </Text>
        )}
        {can("analytics_read") && <Today channel={channel.id} />}
        <Reported channel={channel} />
      </Stack>
    </article>
  );
}

function Today({ channel }: { channel: string }) {
  const { channels: texts } = useTexts();
  const { workspace } = useMember();
  const zone = useZone();
  const format = useFormat();
  const since = startOfDay(dayOf(new Date(), zone), zone).toISOString();
  const { data } = useQuery(channelTodayQuery(workspace, channel, since));
  const sum = (counts: Record<string, number> = {}) => Object.values(counts).reduce((a, b) => a + b, 0);
  return (
    <Text size="sm">
      {data ? texts.today(format.number(sum(data.sent)), format.number(sum(data.failed))) : texts.counting}
    </Text>
  );
}
