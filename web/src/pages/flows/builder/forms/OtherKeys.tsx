import { Code, Text } from "@mantine/core";
import { useTexts } from "../../../../texts";
import type { Values } from "../draft/types";

/** Keys that have no field, as they are. */
export function OtherKeys({ keys, values }: { keys: readonly string[]; values: Values }) {
  const { builder: t } = useTexts();
  if (keys.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={500}>
        {t.otherKeys}
      </Text>
      <Text size="xs" c="dimmed" mb={4}>
        {t.otherKeysText}
      </Text>
      <Code block>{keys.map((key) => `${key}: ${JSON.stringify(values[key])}`).join("\n")}</Code>
    </div>
  );
}
