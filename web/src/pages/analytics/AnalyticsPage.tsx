import { Button, Group, SegmentedControl, Select, Stack, Tabs, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { DayField } from "../../ui/DayField";
import { download } from "../../ui/download";
import { ErrorState } from "../../ui/ErrorState";
import { Loading } from "../../ui/Loading";
import { NotAllowed } from "../../ui/NotAllowed";
import { Page } from "../../ui/Page";
import { useProof } from "../../ui/Proof";
import { RequestError } from "../../ui/RequestError";
import { membersQuery } from "../inbox/members";
import { channelsQuery } from "../settings/channels/queries";
import { fileAddress, useAsked, useStatistics } from "./data";
import { ItemsDrawer } from "./ItemsDrawer";
import { daysOf, RANGES, type Range } from "./range";
import { type AnalyticsSearch, TABS, type Tab } from "./routes";
import { AnswersTab } from "./tabs/AnswersTab";
import { BroadcastsTab } from "./tabs/BroadcastsTab";
import { ConversationsTab } from "./tabs/ConversationsTab";
import { CostsTab } from "./tabs/CostsTab";
import { DeliveryTab } from "./tabs/DeliveryTab";
import { FlowsTab } from "./tabs/FlowsTab";
import { PeopleTab } from "./tabs/PeopleTab";
import type { TabProps } from "./tabs/tab";

const PANELS = {
  conversations: ConversationsTab,
  answers: AnswersTab,
  people: PeopleTab,
  flows: FlowsTab,
  broadcasts: BroadcastsTab,
  costs: CostsTab,
  delivery: DeliveryTab,
} as const;
const FILES = {
  conversations: "series",
  answers: "summary",
  people: "agents",
  flows: "flows",
  broadcasts: "broadcasts",
  costs: "costs",
  delivery: "summary",
} as const;

/** The numbers of a period, compared with the one before; each number leads to its list. */
export function AnalyticsPage() {
  return useMember().can("analytics_read") ? <Analytics /> : <NotAllowed />;
}

function Analytics() {
  const { analytics: texts } = useTexts();
  const { workspace } = useMember();
  const { search, period, before, over, range, channel, zone } = useAsked();
  const tab = search.tab ?? "conversations";
  const format = useFormat();
  const navigate = useNavigate();
  const withProof = useProof();
  const now = useStatistics("summary", period, channel);
  const earlier = useStatistics("summary", before, channel);
  const channels = useQuery(channelsQuery(workspace)).data?.items ?? [];
  const people = useQuery(membersQuery(workspace)).data?.items ?? [];
  const file = useMutation({
    mutationFn: () =>
      withProof(() =>
        download(
          fileAddress(workspace, FILES[tab], period, channel),
          `${tab}-${period.first}-${period.last}.csv`,
        ),
      ),
  });
  const set = (change: AnalyticsSearch) =>
    navigate({
      to: ".",
      search: { ...search, list: undefined, label: undefined, ...change } as never,
      replace: true,
    });
  const names = (label: string) =>
    texts.labels[label as keyof typeof texts.labels] ??
    people.find((one) => one.id === label)?.name ??
    (label || texts.unknown);
  const Panel = PANELS[tab];
  const props: TabProps | null = now.data ? { now: now.data, before: earlier.data, names } : null;
  const shown = (day: string) =>
    new Intl.DateTimeFormat(format.language, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(day));
  return (
    <Page
      wide
      title={texts.title}
      text={`${shown(period.first)} – ${shown(period.last)} · ${texts.comparedWith(daysOf(period), over)} · ${zone}`}
      actions={
        <Button
          variant="default"
          leftSection={<IconDownload size={16} />}
          onClick={() => file.mutate()}
          loading={file.isPending}
        >
          CSV
        </Button>
      }
    >
      <Group gap="sm" mb="lg" align="flex-end">
        <SegmentedControl
          size="xs"
          aria-label={texts.range}
          value={range}
          onChange={(next) =>
            set(
              next === "own"
                ? { range: "own", from: period.first, to: period.last }
                : { range: next as Range, from: undefined, to: undefined },
            )
          }
          data={RANGES.map((value) => ({ value, label: texts.ranges[value] }))}
        />
        {range === "own" && (
          <Group gap={6}>
            <DayField
              size="xs"
              aria-label={texts.from}
              value={period.first}
              max={period.last}
              onChange={(from) => set({ from, to: search.to ?? period.last })}
            />
            <Text size="xs">–</Text>
            <DayField
              size="xs"
              aria-label={texts.to}
              value={period.last}
              min={period.first}
              onChange={(to) => set({ to, from: search.from ?? period.first })}
            />
          </Group>
        )}
        {channels.length > 1 && (
          <Select
            size="xs"
            aria-label={texts.channel}
            placeholder={texts.allChannels}
            data={channels.map((one) => ({ value: one.id, label: `${one.id} · ${one.address}` }))}
            value={channel ?? null}
            onChange={(next) => set({ channel: next ?? undefined })}
            clearable
            w={230}
          />
        )}
      </Group>
      <RequestError error={file.error} />
      <Tabs
        value={tab}
        onChange={(next) => set({ tab: (next ?? "conversations") as Tab })}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          {TABS.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {texts.tabs[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab}>
          {now.isPending && <Loading />}
          {now.isError && <ErrorState error={now.error} onRetry={() => now.refetch()} />}
          {props && (
            <Stack gap={36}>
              <Panel {...props} />
            </Stack>
          )}
        </Tabs.Panel>
      </Tabs>
      <ItemsDrawer names={names} />
    </Page>
  );
}
