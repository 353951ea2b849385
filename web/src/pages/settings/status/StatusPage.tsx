import { Alert, Group, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answer, api, type Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { dayOf, startOfDay } from "../../../time/days";
import { TimeText } from "../../../time/TimeText";
import { useFormat, useZone } from "../../../time/zone";
import { ErrorState } from "../../../ui/ErrorState";
import { sectionQuery } from "../../../ui/form/useSection";
import { Loading } from "../../../ui/Loading";
import { Page } from "../../../ui/Page";
import { StateBadge } from "../../../ui/StateBadge";
import classes from "./Status.module.css";

type Status = Schemas["SystemStatus"];
const MODEL_LOOKS = { closed: "good", open: "bad", testing: "waiting" } as const;

/** The state of all parts, and what waits; read again every five seconds while the page is open. */
export function StatusPage() {
  const { settings, systemStatus: texts } = useTexts();
  const { workspace } = useMember();
  const query = useQuery({
    queryKey: [workspace, "status"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/workspaces/{workspace}/status", { params: { path: { workspace } }, signal })),
    refetchInterval: 5_000,
    staleTime: 0,
  });
  return (
    <Page title={settings.pages.status} text={settings.about.status}>
      {query.isPending && <Loading />}
      {query.isError && <ErrorState error={query.error} onRetry={() => query.refetch()} />}
      {query.data && (
        <Stack gap={36} data-updated={query.dataUpdatedAt}>
          {query.data.away.length > 0 && (
            <Alert color="orange">{query.data.away.map((one) => texts.away[one]).join(" ")}</Alert>
          )}
          <Dependencies status={query.data} />
          <Numbers status={query.data} />
          <Channels status={query.data} />
          <Models status={query.data} />
          <Groups status={query.data} />
        </Stack>
      )}
    </Page>
  );
}

function Dependencies({ status }: { status: Status }) {
  const { systemStatus: texts } = useTexts();
  return (
    <section aria-label={texts.dependencies}>
      <Title order={2} size="h4" mb="sm">
        {texts.dependencies}
      </Title>
      <Group gap="lg">
        {Object.entries(status.dependencies).map(([name, state]) => (
          <Group key={name} gap={8}>
            <Text size="sm" fw={550}>
              {texts.names[name as "kafka"] ?? name}
            </Text>
            <StateBadge look={state === "ok" ? "good" : "bad"}>
              {state === "ok" ? texts.ok : texts.notOk}
            </StateBadge>
          </Group>
        ))}
      </Group>
    </section>
  );
}

function Numbers({ status }: { status: Status }) {
  const { systemStatus: texts } = useTexts();
  const format = useFormat();
  const zone = useZone();
  const { workspace } = useMember();
  const since = startOfDay(dayOf(new Date(), zone), zone).toISOString();
  const spent = useQuery({
    queryKey: [workspace, "analytics", "summary", { since }],
    queryFn: async ({ signal }) =>
      (await answer(
        api.GET("/api/v1/workspaces/{workspace}/analytics/summary", {
          params: { path: { workspace }, query: { from: since } },
          signal,
        }),
      )) as Schemas["Summary"],
    refetchInterval: 60_000,
  });
  const budget = useQuery(sectionQuery(workspace, "bot")).data?.values.daily_budget_usd;
  const usd = Object.values(spent.data?.ai_usd ?? {}).reduce((sum, one) => sum + Number(one), 0);
  const waiting = status.groups.reduce((sum, one) => sum + one.waiting, 0);
  const oldest = Math.max(0, ...status.groups.map((one) => one.oldest_seconds));
  const tiles: [string, string, string?][] = [
    [
      texts.waiting,
      format.number(waiting),
      oldest > 0 ? texts.oldest(format.duration(oldest)) : texts.nothingWaits,
    ],
    [
      texts.budget,
      format.money(usd, "USD"),
      budget === undefined ? undefined : texts.ofBudget(format.money(String(budget), "USD")),
    ],
    [texts.sockets, status.sockets === null ? "–" : format.number(status.sockets), texts.thisReplica],
    [texts.version, status.versions.parley ?? "–", `Python ${status.versions.python ?? ""}`],
  ];
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      {tiles.map(([label, value, text]) => (
        <div key={label} className={classes.tile}>
          <Text size="xs" c="dimmed">
            {label}
          </Text>
          <Text className={classes.number}>{value}</Text>
          {text && (
            <Text size="xs" c="dimmed">
              {text}
            </Text>
          )}
        </div>
      ))}
    </SimpleGrid>
  );
}

function Channels({ status }: { status: Status }) {
  const { systemStatus: texts } = useTexts();
  const { workspace } = useMember();
  if (status.channels === null) return null;
  return (
    <section aria-label={texts.channels}>
      <Title order={2} size="h4" mb="sm">
        {texts.channels}
      </Title>
      {status.channels.length === 0 && <Text size="sm">{texts.channelsGood}</Text>}
      {status.channels.map((one) => (
        <Text size="sm" key={one.channel}>
          <Link to={`/w/${workspace}/settings/channels/${one.channel}` as string}>{one.channel}</Link>
          {one.stopped_since && (
            <>
              {" "}
              · {one.reason} · <TimeText at={one.stopped_since} />
            </>
          )}{" "}
          · {texts.held(one.held)}
        </Text>
      ))}
    </section>
  );
}

/** Says whether the bot's models are called, or have failed so often that others are asked for a while. */
function Models({ status }: { status: Status }) {
  const { systemStatus: texts } = useTexts();
  const format = useFormat();
  if (!status.models?.length) return null;
  return (
    <section aria-label={texts.models}>
      <Title order={2} size="h4" mb="sm">
        {texts.models}
      </Title>
      <Stack gap={6}>
        {status.models.map((one) => (
          <Group key={one.model} gap="sm">
            <Text size="sm" fw={550}>
              {one.model}
            </Text>
            <StateBadge look={MODEL_LOOKS[one.state]}>
              {one.until ? texts.closedUntil(format.time(one.until)) : texts.modelStates[one.state]}
            </StateBadge>
          </Group>
        ))}
      </Stack>
    </section>
  );
}

function Groups({ status }: { status: Status }) {
  const { systemStatus: texts } = useTexts();
  const format = useFormat();
  return (
    <section aria-label={texts.groups}>
      <Title order={2} size="h4">
        {texts.groups}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {texts.groupsText} <TimeText at={status.groups_at} shape="relative" />
      </Text>
      <Table.ScrollContainer minWidth={560}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{texts.group}</Table.Th>
              <Table.Th>{texts.topic}</Table.Th>
              <Table.Th ta="end">{texts.waitingShort}</Table.Th>
              <Table.Th ta="end">{texts.oldestShort}</Table.Th>
              <Table.Th>{texts.state}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {status.groups.map((one) => (
              <Table.Tr key={`${one.group} ${one.topic}`}>
                <Table.Td>{one.group}</Table.Td>
                <Table.Td>{one.topic}</Table.Td>
                <Table.Td ta="end">{format.number(one.waiting)}</Table.Td>
                <Table.Td ta="end">{one.waiting ? format.duration(one.oldest_seconds) : "–"}</Table.Td>
                <Table.Td>
                  {one.members === 0 ? (
                    <StateBadge look="bad">{texts.noProcess}</StateBadge>
                  ) : one.waiting && one.stalled_seconds > 60 ? (
                    <StateBadge look="warning">
                      {texts.stalled(format.duration(one.stalled_seconds))}
                    </StateBadge>
                  ) : (
                    <StateBadge look="good">{texts.works}</StateBadge>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}
