import { Text } from "@mantine/core";
import { useTexts } from "../../../texts";
import classes from "./DiffView.module.css";
import type { DiffLine } from "./lines";

/** A comparison of two texts: lines that are gone, and lines that are new. label: for screen readers. */
export function DiffView({ lines, label }: { lines: readonly DiffLine[]; label: string }) {
  const { flowVersions: t } = useTexts();
  if (lines.length === 0) return <Text size="sm">{t.sameText}</Text>;
  const shown = lines.map((line, place) => ({ ...line, key: `${place} ${line.text}` }));
  return (
    <section
      className={classes.diff}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
    >
      {shown.map((line) => (
        <Line key={line.key} line={line} />
      ))}
    </section>
  );
}

const SIGNS = { old: "−", new: "+", same: " " };

function Line({ line }: { line: DiffLine }) {
  if (line.kind === "gap") {
    return (
      <div className={classes.gap} aria-hidden>
        ⋯
      </div>
    );
  }
  const Tag = line.kind === "old" ? "del" : line.kind === "new" ? "ins" : "div";
  return (
    <Tag className={classes.line} data-kind={line.kind}>
      <span aria-hidden>{SIGNS[line.kind]}</span>
      {line.text || " "}
    </Tag>
  );
}
