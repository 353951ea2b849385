import { Center, Group, Paper, Stack, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import icon from "../../icon.svg";

/** A page outside of workspaces: one form in the middle. */
export function SmallPage({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Parley`;
  }, [title]);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper p="xl" w="100%" maw={420} shadow="sm">
        <Stack>
          <Group gap="sm">
            <img src={icon} alt="" width={32} height={32} />
            <Title order={1}>{title}</Title>
          </Group>
          {children}
        </Stack>
      </Paper>
    </Center>
  );
}
