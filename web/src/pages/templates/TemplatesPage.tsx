import { Alert, Anchor, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconRefresh, IconTemplate } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { ContentTabs } from "../../ui/ContentTabs";
import { outcomeOf } from "../../ui/commands";
import { DataTable, wholeList } from "../../ui/DataTable";
import { Drawer } from "../../ui/dialogs/Drawer";
import { EmptyState } from "../../ui/EmptyState";
import { words } from "../../ui/ErrorState";
import { useIntent } from "../../ui/intent";
import { Page } from "../../ui/Page";
import { sendable, type Template, variablesOf } from "./definition";
import { QualityBadge } from "./QualityBadge";
import { QualityWarning } from "./QualityWarning";
import { templatesQuery } from "./queries";
import { StateBadge } from "./StateBadge";
import { TemplatePreview } from "./TemplatePreview";

export function TemplatesPage() {
  const { templates } = useTexts();
  const member = useMember();
  const { workspace } = member;
  const query = useQuery(templatesQuery(workspace));
  const [open, setOpen] = useState<Template | null>(null);
  return (
    <Page
      wide
      title={templates.title}
      text={templates.text}
      actions={member.can("content_write") && <Sync />}
    >
      <ContentTabs />
      <DataTable
        label={templates.title}
        list={wholeList(query)}
        rowKey={(row) => `${row.name} ${row.language} ${row.from}`}
        name={(row) => row.name}
        onOpen={setOpen}
        choice="templates"
        columns={[
          { key: "name", title: templates.name, cell: (row) => row.name, fixed: true, nowrap: true },
          { key: "language", title: templates.language, cell: (row) => row.language },
          { key: "state", title: templates.state, cell: (row) => <StateBadge template={row} /> },
          { key: "quality", title: templates.quality, cell: (row) => <QualityBadge template={row} /> },
          { key: "category", title: templates.category, cell: (row) => templates.categories(row.category) },
          {
            key: "body",
            title: templates.body,
            cell: (row) => (
              <Text size="sm" lineClamp={2} dir="auto">
                {row.body}
              </Text>
            ),
            grow: true,
          },
          { key: "from", title: templates.from, cell: (row) => row.from, hidden: true },
        ]}
        empty={
          <EmptyState
            icon={<IconTemplate size={36} stroke={1.3} aria-hidden />}
            title={templates.none}
            text={templates.noneText}
          />
        }
      />
      {open && <TemplateDrawer template={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

function Sync() {
  const texts = useTexts();
  const { templates } = texts;
  const { workspace } = useMember();
  const client = useQueryClient();
  const once = useIntent();
  const sync = useMutation({
    mutationFn: () =>
      once("sync", async (key) => {
        const { command } = await answer(
          api.POST("/api/v1/workspaces/{workspace}/templates/sync", {
            params: { path: { workspace }, header: { "Idempotency-Key": key } },
          }),
        );
        return outcomeOf(workspace, command);
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [workspace, "templates"] });
      notifications.show({ message: templates.synced });
    },
    onError: (error) => notifications.show({ color: "red", message: words(error, texts) }),
  });
  return (
    <Button
      variant="default"
      leftSection={<IconRefresh size={16} aria-hidden />}
      loading={sync.isPending}
      onClick={() => sync.mutate()}
    >
      {templates.sync}
    </Button>
  );
}

function TemplateDrawer({ template, onClose }: { template: Template; onClose: () => void }) {
  const { templates } = useTexts();
  const names = variablesOf(template.body);
  const [values, setValues] = useState<string[]>(() => names.map(() => ""));
  const [header, setHeader] = useState("");
  const state = sendable(template);
  return (
    <Drawer
      opened
      onClose={onClose}
      title={`${template.name} · ${template.language}`}
      position="right"
      size="md"
    >
      <Stack>
        <Group gap="xs">
          <StateBadge template={template} />
          <QualityBadge template={template} />
        </Group>
        <QualityWarning template={template} />
        {state !== "yes" && (
          <Alert color="orange">
            <Text size="sm">
              {(state === "rejected" && template.reason && templates.rejections[template.reason]) ||
                templates.why[state]}
            </Text>
            {template.reason && (
              <Text size="xs" c="dimmed" ff="monospace">
                {template.reason}
              </Text>
            )}
            {(state === "rejected" || state === "paused" || state === "disabled") && (
              <Anchor
                href="https://business.facebook.com/latest/whatsapp_manager/message_templates"
                target="_blank"
                rel="noreferrer"
                size="sm"
              >
                {templates.atProvider}
              </Anchor>
            )}
          </Alert>
        )}
        <TemplatePreview template={template} parameters={values} header={header} />
        {variablesOf(template.header_text).length > 0 && (
          <TextInput
            label={templates.headerValue}
            value={header}
            onChange={(event) => setHeader(event.currentTarget.value)}
          />
        )}
        {names.map((name, place) => (
          <TextInput
            key={name}
            label={templates.value(name)}
            value={values[place]}
            onChange={(event) => setValues(values.with(place, event.currentTarget.value))}
          />
        ))}
        <Text size="xs" c="dimmed">
          {templates.source(template.from)}
        </Text>
      </Stack>
    </Drawer>
  );
}
