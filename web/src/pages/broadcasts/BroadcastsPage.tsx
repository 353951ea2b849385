import { Button } from "@mantine/core";
import { IconPlus, IconSpeakerphone } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { answer, api } from "../../api/client";
import { useMember } from "../../app/me";
import { useLive } from "../../live/LiveProvider";
import { useTexts } from "../../texts";
import { TimeText } from "../../time/TimeText";
import { useFormat } from "../../time/zone";
import { DataTable, useCursorList } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { Page } from "../../ui/Page";
import { RowProgress } from "./RowProgress";
import { StageBadge } from "./StageBadge";

export function BroadcastsPage() {
  const { broadcasts } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const format = useFormat();
  const { connection } = useLive();
  const list = useCursorList([workspace, "broadcasts"], (cursor, signal) =>
    answer(
      api.GET("/api/v1/workspaces/{workspace}/broadcasts", {
        params: { path: { workspace }, query: cursor ? { cursor } : {} },
        signal,
      }),
    ),
  );
  const moving = list.rows
    .filter((row) => ["scheduled", "running", "making"].includes(row.stage))
    .map((row) => row.id)
    .slice(0, 10)
    .join(" ");
  useEffect(() => {
    const stops = moving
      .split(" ")
      .filter(Boolean)
      .map((id) => connection.see(`broadcast:${id}`));
    return () => {
      for (const stop of stops) stop();
    };
  }, [connection, moving]);
  const compose = member.can("broadcasts_write") && (
    <Button
      component={Link}
      to={`/w/${workspace}/broadcasts/new` as string}
      leftSection={<IconPlus size={16} aria-hidden />}
    >
      {broadcasts.add}
    </Button>
  );
  return (
    <Page wide title={broadcasts.title} text={broadcasts.text} actions={compose}>
      <DataTable
        label={broadcasts.title}
        list={list}
        rowKey={(row) => row.id}
        name={(row) => row.name}
        href={(row) => `/w/${workspace}/broadcasts/${row.id}`}
        columns={[
          { key: "name", title: broadcasts.name, cell: (row) => row.name, grow: true },
          { key: "stage", title: broadcasts.stage, cell: (row) => <StageBadge stage={row.stage} /> },
          { key: "segment", title: broadcasts.audience, cell: (row) => row.segment || broadcasts.list },
          {
            key: "total",
            title: broadcasts.people,
            cell: (row) => (row.total === null ? "–" : format.number(row.total)),
            align: "end",
          },
          {
            key: "progress",
            title: broadcasts.progress,
            cell: (row) => <RowProgress counts={row.counts} />,
          },
          {
            key: "at",
            title: broadcasts.startAt,
            cell: (row) => <TimeText at={row.start_at ?? row.created_at} />,
            nowrap: true,
          },
        ]}
        empty={
          <EmptyState
            icon={<IconSpeakerphone size={36} stroke={1.3} aria-hidden />}
            title={broadcasts.none}
            text={broadcasts.noneText}
            action={compose}
          />
        }
      />
    </Page>
  );
}
