import { Button, Group, Radio, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { FormModal } from "../FormModal";
import { Loading } from "../Loading";
import { RequestError } from "../RequestError";
import type { Field } from "./fields";
import { shownValue } from "./shown";
import { type Section, type SectionState, sectionQuery } from "./useSection";
import { type Draft, isSame, patchOf, valueAt } from "./values";

type Props = {
  section: Section;
  state: SectionState;
  labels: Readonly<Record<string, string>>;
  fields: readonly Field[];
  onClose: () => void;
};

/** Shows both texts when a colleague has saved the same section meanwhile, and lets the person choose for each field. */
export function ConflictDialog({ section, state, labels, fields, onClose }: Props) {
  const { forms, common } = useTexts();
  const { workspace } = useMember();
  const [choice, setChoice] = useState<Record<string, "mine" | "theirs">>({});
  const theirs = useQuery({
    ...sectionQuery(workspace, section),
    queryKey: [workspace, "settings-section-now", section],
    staleTime: 0,
    gcTime: 0,
  });
  const now = theirs.data;
  const contested = now
    ? state.changed.filter((path) => {
        const stored = valueAt(now.values, path);
        return !isSame(stored, state.before[path]) && !isSame(stored, state.draft[path]);
      })
    : [];
  const kept: Draft = Object.fromEntries(
    Object.entries(state.draft).filter(([path]) => choice[path] !== "theirs"),
  );
  const ready = contested.every((path) => choice[path]);
  async function save() {
    if (!now) return;
    const patch = patchOf(now.values, kept);
    if (Object.keys(patch).length === 0) {
      await state.refresh();
      state.discard();
      onClose();
      return;
    }
    state.save.mutate(
      { patch, etag: now.etag },
      {
        onSuccess: () => {
          notifications.show({ message: forms.saved, color: "teal" });
          onClose();
        },
        onError: () => void theirs.refetch(),
      },
    );
  }
  return (
    <FormModal opened onClose={onClose} title={forms.conflictTitle} size="lg" values={choice}>
      <Stack>
        <Text size="sm">{contested.length ? forms.conflictText : forms.conflictElsewhere}</Text>
        {theirs.isFetching && <Loading />}
        {contested.map((path) => (
          <Radio.Group
            key={path}
            label={labels[path] ?? path}
            value={choice[path] ?? ""}
            onChange={(next) => setChoice({ ...choice, [path]: next as "mine" | "theirs" })}
          >
            <Stack gap="xs" mt={6}>
              <Radio
                value="mine"
                label={forms.mine}
                description={shownValue(path, state.draft[path], fields, forms)}
                styles={{ description: { whiteSpace: "pre-wrap" } }}
              />
              <Radio
                value="theirs"
                label={forms.theirs}
                description={shownValue(path, now && valueAt(now.values, path), fields, forms)}
                styles={{ description: { whiteSpace: "pre-wrap" } }}
              />
            </Stack>
          </Radio.Group>
        ))}
        {state.save.error && !theirs.isFetching ? <RequestError error={theirs.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button
            onClick={save}
            disabled={!now || !ready || theirs.isFetching}
            loading={state.save.isPending}
          >
            {forms.saveChosen}
          </Button>
        </Group>
      </Stack>
    </FormModal>
  );
}
