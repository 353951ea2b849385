import { Alert, Anchor, Badge, Button, Code, Group, Text } from "@mantine/core";
import { IconPlus, IconRoute, IconTemplate } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api, newKey } from "../../../api/client";
import { seesAll, useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { TimeText } from "../../../time/TimeText";
import { useFormat } from "../../../time/zone";
import { DataTable, wholeList } from "../../../ui/DataTable";
import { EmptyState } from "../../../ui/EmptyState";
import { ErrorState } from "../../../ui/ErrorState";
import { useEdit } from "../../../ui/edits";
import { Page } from "../../../ui/Page";
import { RowMenu } from "../../../ui/RowMenu";
import { StateBadge } from "../../../ui/StateBadge";
import { useAuthors } from "../authors";
import { draftProblemsQuery, type FlowListed, flowsQuery } from "../queries";
import { DiscardDraft } from "./DiscardDraft";
import { finishedShare, olderRuns, totalRunning } from "./figures";
import { NewFlow } from "./NewFlow";

/** All flows of the workspace, each with what runs in it and who edits it. */
export function FlowsPage() {
  const { flows } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const query = useQuery(flowsQuery(workspace));
  const rows = query.data?.data.items ?? [];
  const problems = useQuery(draftProblemsQuery(workspace, rows)).data;
  const [isNew, setNew] = useState(false);
  const [discarded, setDiscarded] = useState<FlowListed | null>(null);
  const edit = useEdit("flows");
  const navigate = useNavigate();
  const writes = member.can("flows_write");
  const tag = query.data?.tag ?? "";

  function withdraw(name: string) {
    edit.ask(
      {
        tag,
        send: ({ dry_run, tag: match }) =>
          answer(
            api.DELETE("/api/v1/workspaces/{workspace}/flows/{name}", {
              params: { path: { workspace, name }, query: { dry_run }, header: { "If-Match": match } },
            }),
          ),
      },
      newKey(),
    );
  }

  function menu(row: FlowListed) {
    const history = () => void navigate({ to: versionsHref(workspace, row.name) as string });
    const tryOnPast = () =>
      void navigate({
        to: `/w/${workspace}/replays/new` as string,
        search: { change: "flow", flow: row.name } as never,
      });
    return [
      ...(member.can("replays_run") && seesAll(member) ? [{ label: flows.tryOnPast, run: tryOnPast }] : []),
      ...(row.version ? [{ label: flows.history, run: history }] : []),
      ...(writes && row.draft ? [{ label: flows.discard, run: () => setDiscarded(row), danger: true }] : []),
      ...(writes && row.version
        ? [{ label: flows.withdraw, run: () => withdraw(row.name), danger: true }]
        : []),
    ];
  }

  const starters = (
    <Button
      component={Link}
      to={`/w/${workspace}/flow-starters` as string}
      variant="default"
      leftSection={<IconTemplate size={16} aria-hidden />}
    >
      {flows.starters}
    </Button>
  );
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setNew(true)}>
      {flows.add}
    </Button>
  );
  const name = (row: FlowListed) => row.name;
  return (
    <Page
      wide
      title={flows.title}
      text={flows.text}
      actions={
        <>
          {starters}
          {writes && add}
        </>
      }
    >
      <ByFile managed={query.data?.data.managed.managed_by === "file"} workspace={workspace} />
      {edit.error ? <ErrorState error={edit.error} /> : null}
      <DataTable
        label={flows.title}
        list={wholeList({ ...query, data: query.data?.data.items })}
        rowKey={name}
        name={name}
        href={(row) => `/w/${workspace}/flows/${row.name}`}
        columns={[
          { key: "name", title: flows.name, cell: name, nowrap: true },
          { key: "state", title: flows.state, cell: (row) => <Published flow={row} />, nowrap: true },
          { key: "running", title: flows.running, cell: (row) => <Running flow={row} />, align: "end" },
          { key: "finished", title: flows.finished, cell: (row) => <Finished flow={row} />, align: "end" },
          {
            key: "problems",
            title: flows.problems,
            cell: (row) => <Problems count={problems?.get(row.name) ?? 0} />,
          },
          { key: "draft", title: flows.draft, cell: (row) => <Draft flow={row} /> },
          {
            key: "menu",
            title: "",
            cell: (row) => {
              const items = menu(row);
              return items.length > 0 && <RowMenu name={row.name} items={items} />;
            },
          },
        ]}
        empty={
          <EmptyState
            icon={<IconRoute size={36} stroke={1.3} aria-hidden />}
            title={flows.none}
            text={flows.noneText}
            action={
              <Group gap="xs" justify="center" mt="xs">
                {starters}
                {writes && add}
              </Group>
            }
          />
        }
      />
      {isNew && <NewFlow taken={rows.map(name)} onClose={() => setNew(false)} />}
      {discarded && <DiscardDraft flow={discarded} onClose={() => setDiscarded(null)} />}
      {edit.dialog}
    </Page>
  );
}

const versionsHref = (workspace: string, name: string) => `/w/${workspace}/flows/${name}/versions`;

function ByFile({ managed, workspace }: { managed: boolean; workspace: string }) {
  const { flows } = useTexts();
  if (!managed) return null;
  return (
    <Alert color="blue" mb="md" title={flows.byFile}>
      <Text size="sm">{flows.byFileText}</Text>
      <Code block mt="xs">{`parley flow pull NAME --workspace ${workspace}`}</Code>
    </Alert>
  );
}

function Published({ flow }: { flow: FlowListed }) {
  const { flows } = useTexts();
  if (flow.version) return <StateBadge look="good">{flows.published}</StateBadge>;
  return <StateBadge look="off">{flows.onlyDraft}</StateBadge>;
}

function Running({ flow }: { flow: FlowListed }) {
  const { flows } = useTexts();
  const format = useFormat();
  const older = olderRuns(flow);
  return (
    <>
      {format.number(totalRunning(flow))}
      {older > 0 && (
        <Text size="xs" c="dimmed">
          {flows.older(format.number(older))}
        </Text>
      )}
    </>
  );
}

function Finished({ flow }: { flow: FlowListed }) {
  const { flows } = useTexts();
  const format = useFormat();
  const share = finishedShare(flow);
  if (share === null)
    return (
      <Text c="dimmed" span>
        –
      </Text>
    );
  return (
    <>
      {format.percent(share)}
      <Text size="xs" c="dimmed">
        {flows.ofRuns(format.number(flow.ended))}
      </Text>
    </>
  );
}

function Problems({ count }: { count: number }) {
  const { flows } = useTexts();
  if (count === 0)
    return (
      <Text c="dimmed" span>
        –
      </Text>
    );
  return <StateBadge look="bad">{flows.problemCount(count)}</StateBadge>;
}

function Draft({ flow }: { flow: FlowListed }) {
  const { flows } = useTexts();
  const names = useAuthors();
  const { workspace } = useMember();
  if (!flow.draft)
    return (
      <Text c="dimmed" span>
        –
      </Text>
    );
  const behind = flow.version !== null && flow.draft.base !== "" && flow.draft.base !== flow.version;
  return (
    <Text size="sm" span>
      {names(flow.draft.by)} · <TimeText at={flow.draft.at} shape="relative" />{" "}
      {behind && (
        <Anchor component={Link} to={versionsHref(workspace, flow.name) as string} size="sm">
          <Badge variant="light" color="blue" tt="none">
            {flows.behind}
          </Badge>
        </Anchor>
      )}
    </Text>
  );
}
