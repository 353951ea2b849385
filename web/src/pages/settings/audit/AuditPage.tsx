import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconDownload, IconHistory } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api, type Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { addDays, startOfDay } from "../../../time/days";
import { TimeText } from "../../../time/TimeText";
import { useZone } from "../../../time/zone";
import { isComposing } from "../../../ui/composing";
import { type Column, DataTable, useCursorList } from "../../../ui/DataTable";
import { Modal } from "../../../ui/dialogs/Modal";
import { download } from "../../../ui/download";
import { EmptyState } from "../../../ui/EmptyState";
import { BeforeAfter } from "../../../ui/form/Values";
import { Page } from "../../../ui/Page";
import { useProof } from "../../../ui/Proof";
import { RequestError } from "../../../ui/RequestError";
import { useTyped } from "../../../ui/useTyped";
import { membersQuery } from "../../inbox/members";
import type { AuditSearch } from "../routes";

type Entry = Schemas["AuditAnswer"];

/** The log of changes, with filters in the address, and as a file. */
export function AuditPage() {
  const { settings, audit: texts } = useTexts();
  const { workspace, can } = useMember();
  const search = useSearch({ from: "/w/$workspace/settings/audit" });
  const navigate = useNavigate();
  const zone = useZone();
  const withProof = useProof();
  const [opened, setOpened] = useState<Entry | null>(null);
  const people = useQuery(membersQuery(workspace)).data?.items ?? [];
  const filter = {
    ...(search.action ? { action: search.action } : {}),
    ...(search.by ? { by: search.by } : {}),
    ...(search.target ? { target: search.target } : {}),
    ...(search.since ? { since: startOfDay(search.since, zone).toISOString() } : {}),
    ...(search.until ? { until: startOfDay(addDays(search.until, 1), zone).toISOString() } : {}),
  };
  const list = useCursorList<Entry>(
    [workspace, "audit", filter],
    async (cursor, signal) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/audit", {
          params: { path: { workspace }, query: { ...filter, ...(cursor ? { cursor } : {}) } },
          signal,
        }),
      ) as Promise<{ items: Entry[]; next: string | null }>,
  );
  const file = useMutation({
    mutationFn: () => {
      const query = new URLSearchParams(filter).toString();
      return withProof(() =>
        download(`/api/v1/workspaces/${workspace}/audit?${query}`, `audit-${workspace}.csv`),
      );
    },
  });
  const set = (change: AuditSearch) =>
    navigate({ to: ".", search: { ...search, ...change } as never, replace: true });
  const columns: Column<Entry>[] = [
    { key: "at", title: texts.at, fixed: true, nowrap: true, cell: (one) => <TimeText at={one.at} /> },
    {
      key: "by",
      title: texts.by,
      nowrap: true,
      cell: (one) => one.by_name || one.by || texts.kinds[one.by_kind as "cli"],
    },
    { key: "action", title: texts.action, nowrap: true, cell: (one) => actionWords(one.action) },
    { key: "target", title: texts.target, grow: true, cell: (one) => one.target },
    { key: "fields", title: texts.fields, least: "14rem", cell: (one) => one.fields.join(", ") },
    { key: "address", title: texts.address, hidden: true, cell: (one) => one.address },
  ];
  return (
    <Page
      wide
      title={settings.pages.audit}
      text={settings.about.audit}
      actions={
        can("audit_read") && (
          <Button
            variant="default"
            leftSection={<IconDownload size={16} />}
            onClick={() => file.mutate()}
            loading={file.isPending}
          >
            CSV
          </Button>
        )
      }
    >
      <RequestError error={file.error} />
      <DataTable
        label={settings.pages.audit}
        columns={columns}
        list={list}
        rowKey={(one) => one.id}
        name={(one) => `${one.by_name} ${one.action}`}
        onOpen={setOpened}
        choice="audit"
        tools={
          <Group gap="xs" align="flex-end">
            <Select
              aria-label={texts.by}
              placeholder={texts.anybody}
              data={people.map((one) => ({ value: one.id, label: one.name }))}
              value={search.by ?? null}
              onChange={(next) => set({ by: next ?? undefined })}
              clearable
              searchable
              w={190}
            />
            <TypedFilter
              label={texts.action}
              value={search.action}
              onChange={(action) => set({ action })}
              placeholder={`${texts.action} …`}
            />
            <TypedFilter
              label={texts.target}
              value={search.target}
              onChange={(target) => set({ target })}
              placeholder={`${texts.target} …`}
            />
            <TextInput
              type="date"
              aria-label={texts.since}
              value={search.since ?? ""}
              onChange={(event) => set({ since: event.currentTarget.value || undefined })}
            />
            <TextInput
              type="date"
              aria-label={texts.until}
              value={search.until ?? ""}
              onChange={(event) => set({ until: event.currentTarget.value || undefined })}
            />
          </Group>
        }
        empty={
          <EmptyState
            icon={<IconHistory size={32} stroke={1.5} />}
            title={texts.empty}
            text={texts.emptyText}
          />
        }
      />
      {opened && <EntryDialog entry={opened} onClose={() => setOpened(null)} />}
    </Page>
  );
}

type TypedProps = { label: string; value?: string; placeholder: string; onChange: (value?: string) => void };

/** Filters when somebody has finished typing: with Enter or by leaving the field. */
function TypedFilter({ label, value, placeholder, onChange }: TypedProps) {
  const { text, setText, commit } = useTyped(value ?? "", (next) => onChange(next || undefined));
  const done = () => commit(text);
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={done}
      onKeyDown={(event) => event.key === "Enter" && !isComposing(event.nativeEvent) && done()}
      w={200}
    />
  );
}

/** Returns `settings.change_section` as words. */
export function actionWords(action: string): string {
  const [area = "", name = ""] = action.split(".");
  return name ? `${name.replaceAll("_", " ")} (${area})` : area;
}

function EntryDialog({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const { audit: texts, common } = useTexts();
  const rows: [string, string][] = [
    [
      texts.by,
      [entry.by_name, texts.kinds[entry.by_kind as "cli"] ?? entry.by_kind].filter(Boolean).join(" · "),
    ],
    [texts.target, entry.target],
    [texts.fields, entry.fields.join(", ")],
    [texts.address, entry.address],
    [texts.request, entry.request],
  ];
  return (
    <Modal opened onClose={onClose} title={actionWords(entry.action)} size="lg">
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          <TimeText at={entry.at} />
        </Text>
        {rows
          .filter(([, value]) => value)
          .map(([label, value]) => (
            <Text key={label} size="sm">
              <Text span fw={600}>
                {label}:
              </Text>{" "}
              {value}
            </Text>
          ))}
        {Object.entries(entry.values).map(([name, [before, after]]) => (
          <div key={name}>
            <Text size="sm" fw={600} mt="xs">
              {name}
            </Text>
            <BeforeAfter before={before} after={after} />
          </div>
        ))}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common.close}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
