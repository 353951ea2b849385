import { Button, Skeleton } from "@mantine/core";
import { IconPlus, IconUsersGroup } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, newKey } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { DataTable, wholeList } from "../../ui/DataTable";
import { EmptyState } from "../../ui/EmptyState";
import { ErrorState } from "../../ui/ErrorState";
import { ManagedNote, useEdit } from "../../ui/edits";
import { Page } from "../../ui/Page";
import { RowMenu } from "../../ui/RowMenu";
import { CustomerTabs } from "../customers/CustomerTabs";
import { countQuery, type Segment, segmentsQuery } from "./queries";
import { compact, rulesOf } from "./rules";
import { SegmentForm } from "./SegmentForm";

export function SegmentsPage() {
  const texts = useTexts();
  const { segments } = texts;
  const member = useMember();
  const { workspace } = member;
  const query = useQuery(segmentsQuery(workspace));
  const [open, setOpen] = useState<Segment | "new" | null>(null);
  const edit = useEdit("segments");
  const writes = member.can("content_write");
  const items = query.data?.data.items;
  const names = items?.map((one) => one.name) ?? [];
  function remove(name: string) {
    edit.ask(
      {
        tag: query.data?.tag ?? "",
        send: ({ dry_run, tag }) =>
          answer(
            api.DELETE("/api/v1/workspaces/{workspace}/segments/{name}", {
              params: { path: { workspace, name }, query: { dry_run }, header: { "If-Match": tag } },
            }),
          ),
      },
      newKey(),
    );
  }
  return (
    <Page
      wide
      title={segments.title}
      text={segments.text}
      actions={
        writes && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen("new")}>
            {segments.add}
          </Button>
        )
      }
    >
      <CustomerTabs />
      <ManagedNote managed={query.data?.data.managed} />
      {edit.error ? <ErrorState error={edit.error} /> : null}
      <DataTable
        label={segments.title}
        list={wholeList({ ...query, data: items })}
        rowKey={(row) => row.name}
        name={(row) => row.name}
        href={(row) => `/w/${workspace}/customers?segment=${encodeURIComponent(row.name)}`}
        columns={[
          { key: "name", title: segments.name, cell: (row) => row.name, nowrap: true },
          {
            key: "rules",
            title: segments.rules,
            cell: (row) => rulesOf(row, segments).join(" · "),
            grow: true,
          },
          {
            key: "count",
            title: segments.customers,
            cell: (row) => <Count segment={row} />,
            align: "end",
          },
          ...(writes
            ? [
                {
                  key: "menu",
                  title: "",
                  cell: (row: Segment) => (
                    <RowMenu
                      name={row.name}
                      items={[
                        { label: segments.edit, run: () => setOpen(row) },
                        { label: segments.remove, run: () => remove(row.name), danger: true },
                      ]}
                    />
                  ),
                },
              ]
            : []),
        ]}
        empty={
          <EmptyState
            icon={<IconUsersGroup size={36} stroke={1.3} aria-hidden />}
            title={segments.none}
            text={segments.noneText}
          />
        }
      />
      {open && (
        <SegmentForm
          segment={open === "new" ? null : open}
          taken={names}
          tag={query.data?.tag ?? ""}
          onClose={() => setOpen(null)}
        />
      )}
      {edit.dialog}
    </Page>
  );
}

function Count({ segment }: { segment: Segment }) {
  const { workspace } = useMember();
  const format = useFormat();
  const { name: _, ...rules } = segment;
  const count = useQuery(countQuery(workspace, compact(rules)));
  if (count.isPending) return <Skeleton height={14} width={40} ms="auto" />;
  return count.data ? format.number(count.data.customers) : "–";
}
