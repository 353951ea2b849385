import { Button, Code, Group, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { FormModal } from "../../../ui/FormModal";
import { RequestError } from "../../../ui/RequestError";
import { useDraft } from "../builder/draft/DraftProvider";
import { useBuilder } from "../builder/layout";
import { testsQuery, withTest } from "../tests/testText";
import { heardOf } from "./talk";
import type { Talk } from "./useTalk";

/** Adds the conversation to the flow's tests: publishing then expects the same answers. */
export function SaveTest({ talk, onClose }: { talk: Talk; onClose: () => void }) {
  const { common, flowTry: t } = useTexts();
  const { workspace } = useMember();
  const { flow, mayEdit } = useBuilder();
  const draft = useDraft();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const stored = useQuery(testsQuery(workspace, flow));
  const record = useMutation({
    mutationFn: async () => {
      const made = await answer(
        api.POST("/api/v1/workspaces/{workspace}/flows/simulate/test", {
          params: { path: { workspace } },
          body: {
            flow,
            name: name.trim(),
            heard: heardOf(talk.turns).map((one) => ({ title: "", ...one })),
            source: draft.get().source,
            customer: talk.setting.customer,
            now: talk.begun || undefined,
          },
        }),
      );
      if (!mayEdit) return made.source;
      // Read again: tests that a colleague has added meanwhile stay.
      const { data, tag } = await client.fetchQuery({ ...testsQuery(workspace, flow), staleTime: 0 });
      await answer(
        api.PUT("/api/v1/workspaces/{workspace}/flows/{name}/tests", {
          params: { path: { workspace, name: flow }, header: { "If-Match": tag } },
          body: { source: withTest(data.source, made.source) },
        }),
      );
      return made.source;
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: testsQuery(workspace, flow).queryKey });
      if (!mayEdit) return;
      notifications.show({ message: t.testSaved, color: "teal" });
      onClose();
    },
  });
  return (
    <FormModal values={{ name }} opened onClose={onClose} title={t.saveTest} size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() && !record.isPending) record.mutate();
        }}
      >
        <Stack>
          <Text size="sm">{t.saveTestText}</Text>
          <TextInput
            label={t.testName}
            placeholder={t.testNameExample}
            value={name}
            maxLength={200}
            required
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <RequestError error={stored.error ?? record.error} />
          {!mayEdit && record.data && (
            <Code block tabIndex={0}>
              {record.data}
            </Code>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.close}
            </Button>
            <Button type="submit" loading={record.isPending} disabled={!name.trim()}>
              {mayEdit ? common.save : t.showTest}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
