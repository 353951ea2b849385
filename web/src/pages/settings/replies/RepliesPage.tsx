import { Badge, Button, Code, Group } from "@mantine/core";
import { IconBolt, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { TimeText } from "../../../time/TimeText";
import { ConfirmDialog } from "../../../ui/ConfirmDialog";
import { type Column, DataTable, wholeList } from "../../../ui/DataTable";
import { EmptyState } from "../../../ui/EmptyState";
import { Page } from "../../../ui/Page";
import { RowMenu } from "../../../ui/RowMenu";
import { type Canned, wordsOf } from "../../inbox/composer/canned";
import { repliesQuery, textOf } from "./queries";
import { ReplyForm } from "./ReplyForm";

/** The replies that people send by a shortcut in the inbox. */
export function RepliesPage() {
  const { replies, settings } = useTexts();
  const { workspace, can } = useMember();
  const client = useQueryClient();
  const query = useQuery(repliesQuery(workspace));
  const [open, setOpen] = useState<Canned | "new" | null>(null);
  const [removing, setRemoving] = useState<Canned | null>(null);
  const writes = can("canned_write");
  const remove = useMutation({
    mutationFn: (canned: string) =>
      answer(
        api.DELETE("/api/v1/workspaces/{workspace}/canned/{canned}", {
          params: { path: { workspace, canned } },
        }),
      ),
    onSuccess: () => setRemoving(null),
    onSettled: () => client.invalidateQueries({ queryKey: [workspace, "canned"] }),
  });
  const columns: Column<Canned>[] = [
    {
      key: "shortcut",
      title: replies.shortcut,
      fixed: true,
      nowrap: true,
      cell: (one) => <Code>/{one.shortcut}</Code>,
    },
    {
      key: "text",
      title: replies.text,
      grow: true,
      cell: (one) => <bdi style={{ whiteSpace: "pre-wrap" }}>{wordsOf(one)}</bdi>,
    },
    {
      key: "labels",
      title: replies.labels,
      cell: (one) => (
        <Group gap={4}>
          {one.labels.map((label) => (
            <Badge key={label} variant="light" color="gray" tt="none">
              {label}
            </Badge>
          ))}
        </Group>
      ),
    },
    { key: "at", title: replies.at, nowrap: true, cell: (one) => <TimeText at={one.at} shape="date" /> },
    {
      key: "actions",
      title: "",
      align: "end",
      cell: (one) =>
        writes && (
          <RowMenu
            name={one.shortcut}
            items={[
              ...(textOf(one) === null ? [] : [{ label: replies.change, run: () => setOpen(one) }]),
              { label: replies.remove, run: () => setRemoving(one), danger: true },
            ]}
          />
        ),
    },
  ];
  return (
    <Page
      title={settings.pages.replies}
      text={settings.about.replies}
      actions={
        writes && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setOpen("new")}>
            {replies.add}
          </Button>
        )
      }
    >
      <DataTable
        label={settings.pages.replies}
        list={wholeList({ ...query, data: query.data?.items })}
        rowKey={(one) => one.id}
        name={(one) => one.shortcut}
        columns={columns}
        empty={
          <EmptyState
            icon={<IconBolt size={36} stroke={1.3} aria-hidden />}
            title={replies.none}
            text={replies.noneText}
          />
        }
      />
      {open && <ReplyForm reply={open === "new" ? null : open} onClose={() => setOpen(null)} />}
      {removing && (
        <ConfirmDialog
          title={replies.removeTitle}
          action={replies.remove}
          danger
          pending={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(removing.id)}
          onClose={() => {
            setRemoving(null);
            remove.reset();
          }}
        >
          {replies.removeText(removing.shortcut)}
        </ConfirmDialog>
      )}
    </Page>
  );
}
