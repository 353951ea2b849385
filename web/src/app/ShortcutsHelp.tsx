import { Group, Kbd, Stack, Text, Title } from "@mantine/core";
import { useTexts } from "../texts";
import { Modal } from "../ui/dialogs/Modal";

const LIST: [string[], "next" | "open" | "searchHere" | "commands" | "help"][] = [
  [["j", "k"], "next"],
  [["Enter"], "open"],
  [["/"], "searchHere"],
  [["Ctrl K"], "commands"],
  [["?"], "help"],
];
const CONVERSATION: [string[], "reply" | "take" | "back" | "close" | "find"][] = [
  [["r"], "reply"],
  [["t"], "take"],
  [["b"], "back"],
  [["e"], "close"],
  [["f"], "find"],
];

/** All keyboard shortcuts. */
export function ShortcutsHelp({ onClose }: { onClose: () => void }) {
  const { commands } = useTexts();
  const section = (title: string, rows: (readonly [string[], keyof typeof commands.keys])[]) => (
    <Stack gap={6}>
      <Title order={3} size="h5">
        {title}
      </Title>
      {rows.map(([keys, does]) => (
        <Group key={does} justify="space-between" wrap="nowrap">
          <Text size="sm">{commands.keys[does]}</Text>
          <Group gap={4} wrap="nowrap">
            {keys.map((key) => (
              <Kbd key={key}>{key}</Kbd>
            ))}
          </Group>
        </Group>
      ))}
    </Stack>
  );
  return (
    <Modal opened onClose={onClose} title={commands.shortcuts}>
      <Stack gap="lg">
        {section(commands.keysEverywhere, LIST)}
        {section(commands.keysConversation, CONVERSATION)}
      </Stack>
    </Modal>
  );
}
