import { Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { answer, api, type Schemas } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { TimeText } from "../../time/TimeText";
import { type Column, DataTable, useCursorList } from "../../ui/DataTable";
import { Drawer } from "../../ui/dialogs/Drawer";
import { EmptyState } from "../../ui/EmptyState";
import { isListed, useAsked } from "./data";

type Item = Schemas["CountedThing"];

/** The list behind the number that the address names. */
export function ItemsDrawer({ names }: { names: (label: string) => string }) {
  const { analytics: texts } = useTexts();
  const { workspace } = useMember();
  const { search, period, channel } = useAsked();
  const navigate = useNavigate();
  const { list: measure, label } = search;
  const close = () =>
    navigate({ to: ".", search: { ...search, list: undefined, label: undefined } as never, replace: true });
  if (!measure) return null;
  const title = [
    texts.measures[measure as keyof typeof texts.measures] ?? measure,
    label === undefined ? "" : names(label),
  ]
    .filter(Boolean)
    .join(" · ");
  return (
    <Drawer opened onClose={close} position="right" size="lg" title={title}>
      {isListed(measure, channel) ? (
        <Items
          key={`${measure} ${label}`}
          workspace={workspace}
          measure={measure}
          label={label}
          names={names}
          since={period.since}
          until={period.until}
          channel={channel}
        />
      ) : (
        <EmptyState title={texts.notByChannel} text={texts.notByChannelText} />
      )}
    </Drawer>
  );
}

type Props = {
  workspace: string;
  measure: string;
  label?: string;
  names: (label: string) => string;
  since: string;
  until: string;
  channel?: string;
};

function Items({ workspace, measure, label, names, since, until, channel }: Props) {
  const { analytics: texts } = useTexts();
  const list = useCursorList<Item>(
    [workspace, "analytics", "items", measure, label ?? null, since, until, channel ?? ""],
    (cursor, signal) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/analytics/items", {
          params: {
            path: { workspace },
            query: {
              measure: measure as Schemas["Measure"] | Schemas["LiveMeasure"],
              from: since,
              to: until,
              ...(label === undefined ? {} : { label }),
              ...(channel ? { channel } : {}),
              ...(cursor ? { cursor } : {}),
            },
          },
          signal,
        }),
      ),
  );
  const columns: Column<Item>[] = [
    { key: "at", title: texts.at, fixed: true, nowrap: true, cell: (one) => <TimeText at={one.at} /> },
    {
      key: "label",
      title: texts.what,
      grow: true,
      cell: (one) =>
        one.label || measure !== "conversations" ? names(one.label) : texts.measures.conversations,
    },
    { key: "channel", title: texts.channel, cell: (one) => one.channel },
  ];
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm">
        {texts.listText}
      </Text>
      <DataTable
        label={texts.list}
        columns={columns}
        list={list}
        rowKey={(one) => one.id}
        name={(one) => `${one.at} ${one.label}`}
        href={(one) => addressOf(workspace, one)}
        empty={<EmptyState title={texts.listEmpty} text={texts.listEmptyText} />}
      />
    </>
  );
}

function addressOf(workspace: string, { conversation, customer }: Item): string {
  if (conversation) return `/w/${workspace}/inbox/${conversation}`;
  return customer ? `/w/${workspace}/customers/${customer}` : `/w/${workspace}/orders`;
}
