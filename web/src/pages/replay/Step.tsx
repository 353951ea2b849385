import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Step.module.css";

type Props = { number: number; title: string; text: string; children: ReactNode };

/** A numbered part of the form. */
export function Step({ number, title, text, children }: Props) {
  return (
    <section className={classes.step} aria-label={title}>
      <span className={classes.stepNumber} aria-hidden>
        {number}
      </span>
      <Stack gap="md" miw={0}>
        <Stack gap={2}>
          <Title order={2}>{title}</Title>
          <Text size="sm" c="dimmed">
            {text}
          </Text>
        </Stack>
        {children}
      </Stack>
    </section>
  );
}
