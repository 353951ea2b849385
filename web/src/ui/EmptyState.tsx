import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTitle } from "./useTitle";

type Props = { title: string; order?: 1 | 2; text?: string; icon?: ReactNode; action?: ReactNode };

/** Says that a list has nothing, and what to do next. order: 1 where it stands for the whole page, also in the tab. */
export function EmptyState({ title, order = 2, text, icon, action }: Props) {
  useTitle(order === 1 ? title : null);
  return (
    <Stack align="center" gap="xs" p="xl" ta="center" maw={420} mx="auto">
      {icon}
      <Title order={order} size="h4">
        {title}
      </Title>
      {text && (
        <Text c="dimmed" size="sm">
          {text}
        </Text>
      )}
      {action}
    </Stack>
  );
}
