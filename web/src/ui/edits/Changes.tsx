import { Badge, Code, Group, Stack, Text } from "@mantine/core";
import type { Schemas } from "../../api/client";
import { useTexts } from "../../texts";
import classes from "./Changes.module.css";

const COLORS = { added: "parley", changed: "blue", removed: "red" } as const;

/** Lists what an edit changes: before and after. */
export function Changes({ changes }: { changes: readonly Schemas["ChangeShown"][] }) {
  const { edits } = useTexts();
  if (changes.length === 0) return <Text size="sm">{edits.nothing}</Text>;
  return (
    <Stack gap="sm" component="ul" className={classes.list}>
      {changes.map((change) => (
        <li key={`${change.kind} ${change.path}`}>
          <Group gap="xs" mb={4}>
            <Badge size="sm" variant="light" color={COLORS[change.kind]}>
              {edits[change.kind]}
            </Badge>
            <Code className={classes.path}>{change.path}</Code>
          </Group>
          {change.before !== null && (
            <Value text={shown(change.before)} sign="−" className={classes.before} />
          )}
          {change.after !== null && <Value text={shown(change.after)} sign="+" className={classes.after} />}
        </li>
      ))}
    </Stack>
  );
}

function Value({ text, sign, className }: { text: string; sign: string; className?: string }) {
  return (
    <div className={className}>
      <span aria-hidden>{sign} </span>
      {text}
    </div>
  );
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
