import { Button, Group, Stack, TagsInput, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import type { Selection } from "../../ui/DataTable";
import { ErrorState } from "../../ui/ErrorState";
import { FormModal } from "../../ui/FormModal";
import { useIntent } from "../../ui/intent";
import classes from "./Customers.module.css";
import { showTagging } from "./tagging";

/** The actions on the selected customers. */
export function SelectionBar({ selection }: { selection: Selection }) {
  const { customers } = useTexts();
  const [open, setOpen] = useState(false);
  return (
    <Group className={classes.selection} role="region" aria-label={customers.selection}>
      <Text size="sm" fw={600} aria-live="polite">
        {customers.selected(selection.keys.size)}
      </Text>
      <Button size="xs" onClick={() => setOpen(true)}>
        {customers.changeTags}
      </Button>
      <Button size="xs" variant="subtle" onClick={selection.clear}>
        {customers.clearSelection}
      </Button>
      {open && <TagDialog selection={selection} onClose={() => setOpen(false)} />}
    </Group>
  );
}

function TagDialog({ selection, onClose }: { selection: Selection; onClose: () => void }) {
  const { common, customers } = useTexts();
  const { workspace } = useMember();
  const [add, setAdd] = useState<string[]>([]);
  const [remove, setRemove] = useState<string[]>([]);
  const once = useIntent();
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: () => {
      const body = { customers: [...selection.keys], add, remove };
      return once(body, (key) =>
        answer(
          api.POST("/api/v1/workspaces/{workspace}/customers/tags", {
            params: { path: { workspace }, header: { "Idempotency-Key": key } },
            body,
          }),
        ),
      );
    },
    onSuccess: (queued) => {
      void showTagging(workspace, queued, customers).then(() =>
        client.invalidateQueries({ queryKey: [workspace, "customers"] }),
      );
      selection.clear();
      onClose();
    },
  });
  return (
    <FormModal
      opened
      onClose={onClose}
      title={customers.tagTitle(selection.keys.size)}
      values={{ add, remove }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <Stack>
          <TagsInput label={customers.addTags} value={add} onChange={setAdd} maxTags={50} data-autofocus />
          <TagsInput label={customers.removeTags} value={remove} onChange={setRemove} maxTags={50} />
          {change.isError && <ErrorState error={change.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={change.isPending} disabled={add.length + remove.length === 0}>
              {common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
