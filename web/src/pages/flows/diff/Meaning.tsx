import { Badge, Text } from "@mantine/core";
import type { Schemas } from "../../../api/client";
import { useTexts } from "../../../texts";
import classes from "./Meaning.module.css";

type Change = Schemas["MeaningChanged"];
const COLORS = { added: "parley", removed: "red", changed: "blue", renamed: "blue", moved: "blue" } as const;

/** Differences of two flows in words: steps that are new, gone or changed. null: one of them is not YAML. */
export function Meaning({ changes }: { changes: readonly Change[] | null }) {
  const { flowVersions: t } = useTexts();
  if (changes === null) return <Text size="sm">{t.notReadable}</Text>;
  if (changes.length === 0) return <Text size="sm">{t.sameMeaning}</Text>;
  return (
    <ul className={classes.list}>
      {changes.map((one) => (
        <li key={`${one.kind} ${one.what} ${one.name}`}>
          <Badge size="sm" variant="light" tt="none" color={COLORS[one.kind]}>
            {t.kinds[one.kind]}
          </Badge>
          <span>
            {one.what === "step" ? t.step(one.name) : one.what}
            {one.before && ` ${t.before(one.before)}`}
            {one.keys.length > 0 && (
              <Text span size="xs" c="dimmed">
                {" "}
                {one.keys.join(", ")}
              </Text>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
