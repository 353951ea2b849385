import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Panel.module.css";

type Props = { title: string; action?: ReactNode; children: ReactNode };

/** A part of the side panel. */
export function Section({ title, action, children }: Props) {
  return (
    <section className={classes.section}>
      <div className={classes.title}>
        <Title order={3} size="sm">
          {title}
        </Title>
        {action}
      </div>
      {children}
    </section>
  );
}
