import { Button, Text } from "@mantine/core";
import { IconGitCompare, IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { answer, api } from "../../api/client";
import { seesAll, useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { TimeText } from "../../time/TimeText";
import { useFormat } from "../../time/zone";
import { DataTable, useCursorList } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { Page } from "../../ui/Page";
import { daysOf } from "./daysOf";
import { NoReplays } from "./NoReplays";
import { isRunning, type Replay, replaysKey } from "./queries";
import { ReplayState } from "./ReplayState";
import { useChanged } from "./useChanged";

/** The replays of the last months. */
export function ReplaysPage() {
  const member = useMember();
  return seesAll(member) ? <Replays /> : <NoReplays />;
}

function Replays() {
  const { replay: texts } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const format = useFormat();
  const changed = useChanged();
  const client = useQueryClient();
  const list = useCursorList<Replay>(replaysKey(workspace), (cursor, signal) =>
    answer(
      api.GET("/api/v1/workspaces/{workspace}/replays", {
        params: { path: { workspace }, query: { cursor } },
        signal,
      }),
    ),
  );
  const running = list.rows.some(isRunning);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(
      () => void client.invalidateQueries({ queryKey: replaysKey(workspace) }),
      3_000,
    );
    return () => clearInterval(timer);
  }, [running, client, workspace]);
  const start = member.can("replays_run") && (
    <Button
      component={Link}
      to={`/w/${workspace}/replays/new` as string}
      leftSection={<IconPlus size={16} aria-hidden />}
    >
      {texts.add}
    </Button>
  );
  return (
    <Page wide title={texts.title} text={texts.text} actions={start}>
      <DataTable
        label={texts.title}
        list={list}
        rowKey={(row) => row.id}
        name={(row) => row.name}
        href={(row) => `/w/${workspace}/replays/${row.id}`}
        columns={[
          { key: "name", title: texts.name, cell: (row) => row.name, grow: true },
          { key: "changed", title: texts.changed, cell: (row) => changed(row.changed) },
          {
            key: "days",
            title: texts.days,
            cell: (row) => daysOf(format, row),
            nowrap: true,
          },
          { key: "state", title: texts.state, cell: (row) => <ReplayState replay={row} />, nowrap: true },
          {
            key: "differ",
            title: texts.differ,
            align: "end",
            cell: (row) => (
              <Text span size="sm" fw={row.differ ? 600 : undefined}>
                {texts.ofAll(format.number(row.differ), format.number(row.done))}
              </Text>
            ),
          },
          { key: "by", title: texts.by, cell: (row) => row.by },
          { key: "at", title: texts.at, cell: (row) => <TimeText at={row.at} />, nowrap: true },
        ]}
        empty={
          <EmptyState
            icon={<IconGitCompare size={40} stroke={1.3} aria-hidden />}
            title={texts.none}
            text={texts.noneText}
            action={start}
          />
        }
      />
    </Page>
  );
}
