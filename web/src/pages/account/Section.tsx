import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./AccountPage.module.css";

/** A part of the account: what it is at the left, its form at the right. */
export function Section({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  return (
    <section className={classes.section} aria-label={title}>
      <Stack gap={6}>
        <Title order={2}>{title}</Title>
        {text && (
          <Text size="sm" c="dimmed">
            {text}
          </Text>
        )}
      </Stack>
      <Stack maw={460}>{children}</Stack>
    </section>
  );
}
