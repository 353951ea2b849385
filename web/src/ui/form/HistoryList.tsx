import { Button, Group, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconHistory } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type Schemas } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { TimeText } from "../../time/TimeText";
import { Modal } from "../dialogs/Modal";
import { RequestError } from "../RequestError";
import type { Field } from "./fields";
import classes from "./SectionForm.module.css";
import type { Section } from "./useSection";
import { BeforeAfter } from "./Values";
import { undoPatch } from "./values";

type Change = Omit<Schemas["SettingsChangeShown"], "values"> & { values: { [name: string]: unknown[] } };
type Props = {
  section: Section;
  labels: Readonly<Record<string, string>>;
  fields: readonly Field[];
  etag: string;
  onUndone: () => Promise<void>;
};

const FEW = 5;

/** The last changes of a section, each with its author, its values and a way back. */
export function HistoryList({ section, labels, fields, etag, onUndone }: Props) {
  const { forms, common } = useTexts();
  const { workspace } = useMember();
  const [opened, setOpened] = useState<Change | null>(null);
  const [all, setAll] = useState(false);
  const history = useQuery({
    queryKey: [workspace, "settings-history", section],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/settings/{section}/history", {
          params: { path: { workspace, section } },
          signal,
        }),
      ),
  });
  const found = (history.data?.items ?? []).filter((one) =>
    Object.keys(one.values).some(
      (name) => name in labels || Object.keys(labels).some((path) => path.startsWith(`${name}.`)),
    ),
  );
  if (!found.length) return null;
  return (
    <section aria-label={forms.history} style={{ marginTop: 48 }}>
      <Title order={2} size="h4" mb="xs">
        <Group gap={6}>
          <IconHistory size={18} aria-hidden />
          {forms.history}
        </Group>
      </Title>
      <Stack gap={2} align="flex-start">
        {found.slice(0, all ? undefined : FEW).map((one) => (
          <UnstyledButton key={one.revision} onClick={() => setOpened(one)} py={6} aria-haspopup="dialog">
            <Text size="sm">
              <Text span fw={600}>
                {one.by_name}
              </Text>{" "}
              {forms.changed}{" "}
              {Object.keys(one.values)
                .map((name) => labels[name] ?? name)
                .join(", ")}
              <Text span c="dimmed">
                {" · "}
                <TimeText at={one.at} shape="relative" />
              </Text>
            </Text>
          </UnstyledButton>
        ))}
        {found.length > FEW && !all && (
          <Button variant="subtle" size="compact-sm" onClick={() => setAll(true)}>
            {common.more}
          </Button>
        )}
      </Stack>
      {opened && (
        <ChangeDialog
          change={opened}
          section={section}
          labels={labels}
          fields={fields}
          etag={etag}
          onUndone={onUndone}
          onClose={() => setOpened(null)}
        />
      )}
    </section>
  );
}

function ChangeDialog({
  change,
  section,
  labels,
  fields,
  etag,
  onUndone,
  onClose,
}: Props & { change: Change; onClose: () => void }) {
  const { forms, common } = useTexts();
  const { workspace, can } = useMember();
  const undo = useMutation({
    mutationFn: () =>
      answer(
        api.PATCH("/api/v1/workspaces/{workspace}/settings/{section}", {
          params: { path: { workspace, section }, header: { "If-Match": etag } },
          body: undoPatch(change.values as Record<string, [unknown, unknown]>),
        }),
      ),
    onSuccess: async () => {
      await onUndone();
      notifications.show({ message: forms.undone, color: "teal" });
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={forms.changeTitle} size="lg">
      <Stack>
        <Text size="sm" c="dimmed">
          {change.by_name} · <TimeText at={change.at} />
        </Text>
        <div>
          {Object.entries(change.values).map(([name, values]) => (
            <div key={name} className={classes.change}>
              <Text fw={600} size="sm">
                {labels[name] ?? name}
              </Text>
              <BeforeAfter before={values[0]} after={values[1]} path={name} fields={fields} />
            </div>
          ))}
        </div>
        <RequestError error={undo.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common.close}
          </Button>
          {can("settings_write") && (
            <Button variant="light" onClick={() => undo.mutate()} loading={undo.isPending}>
              {forms.undo}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
