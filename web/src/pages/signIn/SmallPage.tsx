import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import icon from "../../icon.svg";
import { useTitle } from "../../ui/useTitle";
import classes from "./SmallPage.module.css";

type Props = { title: string; text?: ReactNode; children?: ReactNode };

/** A page outside of workspaces: one form in the middle. */
export function SmallPage({ title, text, children }: Props) {
  useTitle(title);
  return (
    <main className={classes.page}>
      <div className={classes.form}>
        <a className={classes.brand} href="/">
          <img src={icon} alt="" width={28} height={28} />
          Parley
        </a>
        <Stack gap={6} mb="lg">
          <Title order={1}>{title}</Title>
          {text && (
            <Text size="sm" c="dimmed">
              {text}
            </Text>
          )}
        </Stack>
        <Stack>{children}</Stack>
      </div>
    </main>
  );
}
