import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconFileText, IconPlus, IconWebhook } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { TimeText } from "../../../time/TimeText";
import { CopyField } from "../../../ui/CopyField";
import { type Column, DataTable, wholeList } from "../../../ui/DataTable";
import { EmptyState } from "../../../ui/EmptyState";
import { Page } from "../../../ui/Page";
import { StateBadge } from "../../../ui/StateBadge";
import { LOOKS } from "../channels/ChannelsPage";
import { channelsQuery, stateOf } from "../channels/queries";
import { type Webhook, webhooksQuery } from "./queries";
import { WebhookDialog } from "./WebhookDialog";

/** Webhooks out, and the addresses for webhooks in. */
export function WebhooksPage() {
  const { settings, webhooks: texts } = useTexts();
  const { workspace, can } = useMember();
  const query = useQuery(webhooksQuery(workspace));
  const [adding, setAdding] = useState(false);
  const ofFile = query.data?.managed.managed_by === "file";
  const add = can("webhook_secrets") && !ofFile && (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      {texts.add}
    </Button>
  );
  const columns: Column<Webhook>[] = [
    {
      key: "id",
      title: texts.name,
      fixed: true,
      cell: (one) => (
        <Text size="sm" fw={550}>
          {one.id}
        </Text>
      ),
    },
    { key: "url", title: texts.url, grow: true, cell: (one) => one.url },
    {
      key: "events",
      title: texts.events,
      least: "14rem",
      cell: (one) => (one.events.length ? one.events.join(", ") : texts.usual),
    },
    {
      key: "rotation",
      title: texts.secret,
      cell: (one) =>
        one.previous_until ? (
          <>
            {texts.twoUntil} <TimeText at={one.previous_until} shape="relative" />
          </>
        ) : (
          texts.one
        ),
    },
  ];
  return (
    <Page title={settings.pages.webhooks} text={settings.about.webhooks} actions={add}>
      {ofFile && (
        <Alert role="note" color="blue" icon={<IconFileText />} mb="lg">
          {texts.ofFile}
        </Alert>
      )}
      <Title order={2} size="h4" mb="sm">
        {texts.out}
      </Title>
      <DataTable
        label={texts.out}
        columns={columns}
        list={wholeList({ ...query, data: query.data?.items })}
        rowKey={(one) => one.id}
        name={(one) => one.id}
        href={(one) => `/w/${workspace}/settings/webhooks/${one.id}`}
        empty={
          <EmptyState
            icon={<IconWebhook size={32} stroke={1.5} />}
            title={texts.empty}
            text={texts.emptyText}
            action={add}
          />
        }
      />
      <WebhooksIn />
      {adding && <WebhookDialog onClose={() => setAdding(false)} />}
    </Page>
  );
}

function WebhooksIn() {
  const { webhooks: texts, channels } = useTexts();
  const { workspace } = useMember();
  const query = useQuery(channelsQuery(workspace));
  if (!query.data?.items.length) return null;
  return (
    <section aria-label={texts.in}>
      <Title order={2} size="h4" mt={44} mb={4}>
        {texts.in}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {texts.inText}
      </Text>
      <Stack gap="lg">
        {query.data.items.map((channel) => (
          <div key={channel.id}>
            <Group gap="md" mb={6}>
              <Text size="sm" fw={550}>
                {channel.id} ·{" "}
                <bdi dir="ltr" style={{ whiteSpace: "nowrap" }}>
                  {channel.address}
                </bdi>
              </Text>
              <StateBadge look={LOOKS[stateOf(channel)]}>{channels.states[stateOf(channel)]}</StateBadge>
              <Text size="sm">
                {texts.lastGood}:{" "}
                <TimeText at={channel.webhooks.accepted_at} shape="relative" empty={channels.never} />
              </Text>
              <Text size="sm">
                {texts.lastRefused}:{" "}
                <TimeText at={channel.webhooks.refused_at} shape="relative" empty={channels.never} />
              </Text>
            </Group>
            {channel.webhooks.refused_at && (
              <Text size="xs" c="dimmed" mb={6}>
                {channels.refusedWhy}
              </Text>
            )}
            <CopyField value={channel.webhook_url} />
          </div>
        ))}
      </Stack>
    </section>
  );
}
