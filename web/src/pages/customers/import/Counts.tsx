import { Group, Stack, Text } from "@mantine/core";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";

const COUNTED = ["created", "changed", "unchanged", "refused"] as const;

/** An import in numbers, before or after it has run. */
export function Counts({ counts }: { counts: Record<string, number> }) {
  const { customers } = useTexts();
  const format = useFormat();
  return (
    <Group gap="xl" mb="md">
      {COUNTED.map((name) => (
        <Stack key={name} gap={0}>
          <Text size="xl" fw={650} data-count={name}>
            {format.number(counts[name] ?? 0)}
          </Text>
          <Text size="sm" c="dimmed">
            {customers.counts[name]}
          </Text>
        </Stack>
      ))}
    </Group>
  );
}
