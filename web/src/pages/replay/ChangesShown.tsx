import { Code, Stack, Text } from "@mantine/core";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import type { ReplayDetails } from "./queries";
import classes from "./Replay.module.css";
import { useChanged } from "./useChanged";

/** The changes that were tried, in full behind a line that names it. */
export function ChangesShown({ replay }: { replay: ReplayDetails }) {
  const { replay: texts } = useTexts();
  const changed = useChanged();
  const { bot, faqs, flows } = replay.changes;
  const format = useFormat();
  const shown = (name: string, value: unknown) => {
    if (name === "mode") return texts.modes[value as keyof typeof texts.modes] ?? String(value);
    return name === "faq_threshold" ? format.percent(Number(value)) : String(value);
  };
  if (replay.changed.length === 0) return <Text size="sm">{texts.nothingChangedText}</Text>;
  return (
    <details className={classes.changes}>
      <summary>
        {texts.changed}: <strong>{changed(replay.changed)}</strong>
      </summary>
      <Stack gap="sm" mt="sm">
        {Object.entries(bot).map(([name, value]) => (
          <div key={name}>
            <Text size="sm" fw={600}>
              {changed([`bot.${name}`])}
            </Text>
            <Text size="sm" className={classes.text}>
              {shown(name, value)}
            </Text>
          </div>
        ))}
        {faqs && (
          <Text size="sm">
            {texts.changes.faqs}: {texts.faqCount(faqs.length)}
          </Text>
        )}
        {Object.entries(flows).map(([name, source]) => (
          <div key={name}>
            <Text size="sm" fw={600}>
              {texts.flowNamed(name)}
            </Text>
            <Code block className={classes.source}>
              {source}
            </Code>
          </div>
        ))}
      </Stack>
    </details>
  );
}
