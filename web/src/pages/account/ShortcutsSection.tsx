import { Switch } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { SINGLE_KEYS } from "../../app/shortcuts";
import { useTexts } from "../../texts";
import { Section } from "./Section";

/** Turns shortcuts of one letter off, in this browser. */
export function ShortcutsSection() {
  const { account } = useTexts();
  const [on, setOn] = useLocalStorage({
    key: SINGLE_KEYS,
    defaultValue: true,
    getInitialValueInEffect: false,
  });
  return (
    <Section title={account.shortcuts} text={account.shortcutsText}>
      <Switch
        label={account.singleKeys}
        checked={on}
        onChange={(event) => setOn(event.currentTarget.checked)}
      />
    </Section>
  );
}
