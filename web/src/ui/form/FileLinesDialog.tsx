import { Button, Group, Stack, Text } from "@mantine/core";
import { useTexts } from "../../texts";
import { CopyField } from "../CopyField";
import { Modal } from "../dialogs/Modal";

/** The lines with which the workspace file makes a change that the console may not make. */
export function FileLinesDialog({ lines, onClose }: { lines: string; onClose: () => void }) {
  const { forms, common } = useTexts();
  return (
    <Modal opened onClose={onClose} title={forms.linesTitle} size="lg">
      <Stack>
        <Text size="sm">{forms.linesText}</Text>
        <CopyField value={lines} block />
        <Group justify="flex-end">
          <Button onClick={onClose}>{common.close}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
