import { Code, Stack, Text } from "@mantine/core";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import classes from "./ChangesShown.module.css";
import { DiffText } from "./DiffText";
import { wordDiff } from "./diff";
import type { ReplayDetails } from "./queries";
import shared from "./Replay.module.css";
import { useChanged } from "./useChanged";

/** The changes that were tried, beside what they replace. */
export function ChangesShown({ replay }: { replay: ReplayDetails }) {
  const { replay: texts } = useTexts();
  const changed = useChanged();
  const { bot, bot_before, faqs, faq_changes, flows } = replay.changes;
  const format = useFormat();
  const shown = (name: string, value: unknown) => {
    if (value === undefined || value === null) return "";
    if (name === "mode") return texts.modes[value as keyof typeof texts.modes] ?? String(value);
    return name === "faq_threshold" ? format.percent(Number(value)) : String(value);
  };
  if (replay.changed.length === 0) return <Text size="sm">{texts.nothingChangedText}</Text>;
  return (
    <details className={classes.changes}>
      <summary>
        {texts.changed}: <strong>{changed(replay.changed)}</strong>
      </summary>
      <Stack gap="lg" mt="md">
        {Object.entries(bot).map(([name, value]) => (
          <Change
            key={name}
            title={changed([`bot.${name}`])}
            before={shown(name, bot_before[name])}
            after={shown(name, value)}
          />
        ))}
        {faqs && faq_changes.length === 0 && (
          <Text size="sm">
            {texts.changes.faqs}: {texts.faqCount(faqs.length)}
          </Text>
        )}
        {faq_changes.map((faq) => (
          <Change key={faq.question} title={faq.question} before={faq.before} after={faq.after} isFaq />
        ))}
        {Object.entries(flows).map(([name, source]) => (
          <div key={name}>
            <Text size="sm" fw={600} mb={4} className={classes.changeTitle}>
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

type ChangeProps = { title: string; before: string | null; after: string | null; isFaq?: boolean };

/** A text as it was and as it is tried, with its changed words marked. */
function Change({ title, before, after, isFaq = false }: ChangeProps) {
  const { replay: texts } = useTexts();
  const [was, is] = wordDiff(before ?? "", after ?? "");
  const sides = [
    { side: "then" as const, text: before, pieces: was, name: texts.asItWas },
    { side: "now" as const, text: after, pieces: is, name: texts.asItIsTried },
  ];
  return (
    <section>
      <Text size="sm" fw={600} mb={4} dir="auto" className={classes.changeTitle}>
        {isFaq && `${texts.changes.faqs}: `}
        {title}
        {isFaq && before !== null && before === after && ` (${texts.variants})`}
      </Text>
      <div className={shared.sides}>
        {sides.map(({ side, text, pieces, name }) => (
          <div key={side} className={shared.side}>
            <Text size="xs" c="dimmed">
              {name}
            </Text>
            <Text size="sm" className={classes.text} dir="auto" c={text ? undefined : "dimmed"}>
              {text ? <DiffText pieces={pieces} side={side} /> : texts.notThere}
            </Text>
          </div>
        ))}
      </div>
    </section>
  );
}
