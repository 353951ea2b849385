import { ActionIcon, Button, Checkbox, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { answer, api, newKey } from "../../../api/client";
import { useMember } from "../../../app/me";
import type { View } from "../../../live/view";
import { useTexts } from "../../../texts";
import { words } from "../../../ui/ErrorState";
import { FormModal } from "../../../ui/FormModal";
import { useViews } from "./useViews";

/** Saves the filters that are on under a name, and removes saved ones. */
export function SaveViewDialog({ view, onClose }: { view: View; onClose: () => void }) {
  const texts = useTexts();
  const { inbox, common } = texts;
  const { workspace, can, me } = useMember();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const intent = useRef(newKey());
  const views = useViews();
  const queryKey = [workspace, "views"];
  const save = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/views", {
          params: { path: { workspace }, header: { "Idempotency-Key": intent.current } },
          body: { name: name.trim(), shared, filter: view },
        }),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey });
      onClose();
    },
    onError: () => {
      intent.current = newKey();
    },
  });
  const remove = useMutation({
    mutationFn: (id: string) =>
      answer(
        api.DELETE("/api/v1/workspaces/{workspace}/views/{view}", {
          params: { path: { workspace, view: id } },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
  const own = views.data?.items.filter((one) => one.by === me.id || can("settings_write")) ?? [];
  return (
    <FormModal opened onClose={onClose} title={inbox.saveView} values={{ name, shared }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) save.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={inbox.viewName}
            description={inbox.viewText}
            value={name}
            maxLength={60}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          {can("canned_write") && (
            <Checkbox
              label={inbox.viewShared}
              checked={shared}
              onChange={(event) => setShared(event.currentTarget.checked)}
            />
          )}
          {(save.isError || remove.isError) && (
            <Text size="sm" c="red" role="alert">
              {words(save.error ?? remove.error, texts)}
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!name.trim()}>
              {common.save}
            </Button>
          </Group>
          {own.length > 0 && (
            <Stack gap={4}>
              <Text size="sm" fw={600}>
                {inbox.savedViews}
              </Text>
              {own.map((one) => (
                <Group key={one.id} justify="space-between" wrap="nowrap">
                  <Text size="sm" truncate>
                    {one.name}
                  </Text>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size={36}
                    aria-label={inbox.removeView(one.name)}
                    loading={remove.isPending && remove.variables === one.id}
                    onClick={() => remove.mutate(one.id)}
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                </Group>
              ))}
            </Stack>
          )}
        </Stack>
      </form>
    </FormModal>
  );
}
