import { Box, Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTitle } from "./useTitle";

type Props = { title: string; text?: string; actions?: ReactNode; children: ReactNode; wide?: boolean };

/** A page with a title, what it is for in a sentence, and its main actions. Sets the title of the browser's tab. */
export function Page({ title, text, actions, children, wide = false }: Props) {
  useTitle(title);
  return (
    <Box p={{ base: "md", sm: "xl" }} maw={wide ? undefined : 1120} mx="auto">
      <Group justify="space-between" align="flex-start" mb="lg" gap="sm">
        <Stack gap={4} flex="1 1 20rem">
          <Title order={1}>{title}</Title>
          {text && (
            <Text c="dimmed" size="sm">
              {text}
            </Text>
          )}
        </Stack>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Box>
  );
}
