import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTexts } from "../../../texts";
import { useDraft, useDraftView } from "./draft/DraftProvider";

/** Asks which of two texts counts, when somebody else has saved between. */
export function ConflictNotice() {
  const { builder: t } = useTexts();
  const draft = useDraft();
  const conflict = useDraftView((view) => view.conflict);
  if (!conflict) return null;
  const { yours } = conflict;
  return (
    <Modal opened onClose={() => {}} withCloseButton={false} title={t.conflictTitle}>
      <Stack>
        <Text size="sm">{t.conflictText}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => void draft.takeTheirs()}>
            {t.takeTheirs}
          </Button>
          {yours !== null && <Button onClick={() => draft.takeText(yours)}>{t.takeMine}</Button>}
        </Group>
      </Stack>
    </Modal>
  );
}
