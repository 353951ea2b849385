import { Alert, Anchor, Group, Stack, Text, Title } from "@mantine/core";
import { IconFileText, IconPlayerStop } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { TimeText } from "../../../time/TimeText";
import { EmptyState } from "../../../ui/EmptyState";
import { ErrorState } from "../../../ui/ErrorState";
import { Loading } from "../../../ui/Loading";
import { Page } from "../../../ui/Page";
import { RefreshFailed } from "../../../ui/RefreshFailed";
import { StateBadge } from "../../../ui/StateBadge";
import { LOOKS } from "./ChannelsPage";
import { CheckList } from "./CheckList";
import { Credentials } from "./Credentials";
import { Details } from "./Details";
import { PROVIDERS } from "./providers";
import { type Channel, channelsQuery, stateOf } from "./queries";
import { RemoveChannel } from "./RemoveChannel";
import { Reported } from "./Reported";
import { Resume } from "./Resume";
import { TestMessage } from "./TestMessage";
import { WebhookAddress } from "./WebhookAddress";

/** One number: its state, webhook, credentials and tests. */
export function ChannelPage() {
  const { channels: texts } = useTexts();
  const { channel: id } = useParams({ strict: false }) as { channel: string };
  const { workspace } = useMember();
  const query = useQuery(channelsQuery(workspace));
  const channel = query.data?.items.find((one) => one.id === id);
  if (query.isPending) return <Loading />;
  if (query.isError && !query.data)
    return (
      <Page title={id}>
        <ErrorState error={query.error} onRetry={() => query.refetch()} />
      </Page>
    );
  if (!channel) return <EmptyState title={texts.gone} order={1} />;
  return (
    <>
      <RefreshFailed query={query} />
      <Shown channel={channel} ofFile={query.data.managed.managed_by === "file"} />
    </>
  );
}

function Shown({ channel, ofFile }: { channel: Channel; ofFile: boolean }) {
  const { channels: texts } = useTexts();
  const { workspace, can } = useMember();
  const state = stateOf(channel);
  const provider = PROVIDERS[channel.provider as keyof typeof PROVIDERS]?.title ?? channel.provider;
  return (
    <Page
      title={channel.address}
      text={`${channel.id} · ${provider}`}
      actions={<StateBadge look={LOOKS[state]}>{texts.states[state]}</StateBadge>}
    >
      <Anchor component={Link} to={`/w/${workspace}/settings/channels` as string} size="sm">
        ← {texts.all}
      </Anchor>
      <Stack gap={40} mt="lg" maw={760}>
        {ofFile && (
          <Alert role="note" color="blue" icon={<IconFileText />}>
            {texts.ofFile}
          </Alert>
        )}
        {channel.stopped && (
          <Alert color="red" icon={<IconPlayerStop />} title={texts.stoppedTitle}>
            <Stack gap="xs" align="flex-start">
              <Text size="sm">
                {channel.stopped.reason} · {texts.held(channel.stopped.held)} ·{" "}
                <TimeText at={channel.stopped.since} />
              </Text>
              <Text size="sm">{texts.stoppedText}</Text>
              {can("channels_operate") && <Resume channel={channel.id} />}
            </Stack>
          </Alert>
        )}
        {can("channels_operate") && (
          <Part title={texts.checks}>
            <CheckList channel={channel.id} ofFile={ofFile} />
          </Part>
        )}
        <Part title={texts.webhookTitle}>
          <Stack gap="xs" mb="md">
            <Text size="sm">
              {texts.lastWebhook}: <TimeText at={channel.webhooks.accepted_at} empty={texts.never} />
            </Text>
            <Text size="sm">
              {texts.lastRefused}: <TimeText at={channel.webhooks.refused_at} empty={texts.never} />
              {channel.webhooks.refused_at && ` (${texts.refusedWhy})`}
            </Text>
          </Stack>
          <WebhookAddress channel={channel} />
        </Part>
        <Part title={texts.credentials}>
          <Credentials channel={channel} ofFile={ofFile} />
        </Part>
        <Part title={texts.details}>
          <Stack gap="xs" mb="md">
            <Reported channel={channel} />
          </Stack>
          <Details channel={channel} ofFile={ofFile} />
        </Part>
        <TestMessage channel={channel.id} />
        {can("credentials") && !ofFile && (
          <Group>
            <RemoveChannel channel={channel} />
          </Group>
        )}
      </Stack>
    </Page>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      {children}
    </section>
  );
}
