import { Button, Stack, Tabs, Textarea } from "@mantine/core";
import { IconBook2, IconCheck, IconCpu, IconGitBranch, IconMessage2 } from "@tabler/icons-react";
import { useState } from "react";
import { useTexts } from "../../texts";
import type { FaqText } from "../faq/queries";
import type { Bot, Draft } from "./draft";
import { FaqEditor } from "./FaqEditor";
import { FaqThreshold } from "./FaqThreshold";
import { FlowEditor } from "./FlowEditor";
import { Models } from "./Models";
import type { Changes } from "./queries";

type Props = {
  draft: Draft;
  onChange: (draft: Draft) => void;
  bot: Bot;
  faqs: readonly FaqText[];
  changes: Changes;
  openAt?: "faq" | "flow";
  flow?: string;
};

/** The changes to try; each part begins with what it is now. */
export function ChangeSection({ draft, onChange, bot, faqs, changes, openAt, flow }: Props) {
  const { replay: texts } = useTexts();
  const [tab, setTab] = useState<string | null>(openAt ?? "prompt");
  const changed = {
    prompt: changes.bot?.system_prompt !== undefined,
    models: ["mode", "fast_model", "smart_model"].some((one) => one in (changes.bot ?? {})),
    faq: Boolean(changes.faqs) || "faq_threshold" in (changes.bot ?? {}),
    flow: Object.keys(changes.flows ?? {}).length > 0,
  };
  const icons = { prompt: IconMessage2, models: IconCpu, faq: IconBook2, flow: IconGitBranch };
  const setBot = (change: Partial<Bot>) => onChange({ ...draft, bot: { ...draft.bot, ...change } });
  return (
    <Tabs value={tab} onChange={setTab} keepMounted={false}>
      <Tabs.List mb="md">
        {(["prompt", "models", "faq", "flow"] as const).map((one) => {
          const Icon = icons[one];
          return (
            <Tabs.Tab
              key={one}
              value={one}
              leftSection={<Icon size={16} stroke={1.8} aria-hidden />}
              rightSection={
                changed[one] ? <IconCheck size={15} role="img" aria-label={texts.isChanged} /> : null
              }
            >
              {texts.parts[one]}
            </Tabs.Tab>
          );
        })}
      </Tabs.List>
      <Tabs.Panel value="prompt">
        <Stack gap="xs" align="flex-start">
          <Textarea
            label={texts.parts.prompt}
            description={texts.promptText}
            autosize
            minRows={8}
            maxRows={24}
            maxLength={20_000}
            w="100%"
            value={draft.bot.system_prompt ?? bot.system_prompt}
            onChange={(event) => setBot({ system_prompt: event.currentTarget.value })}
          />
          {changed.prompt && (
            <Button variant="subtle" size="xs" onClick={() => setBot({ system_prompt: undefined })}>
              {texts.asItIs}
            </Button>
          )}
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="models">
        <Models draft={draft.bot} bot={bot} setBot={setBot} />
      </Tabs.Panel>
      <Tabs.Panel value="faq">
        <Stack gap="lg">
          <FaqThreshold draft={draft.bot} bot={bot} setBot={setBot} />
          <FaqEditor
            faqs={draft.faqs ?? faqs}
            changed={Boolean(changes.faqs)}
            onChange={(next) => onChange({ ...draft, faqs: next })}
          />
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="flow">
        <FlowEditor flows={draft.flows} initial={flow} onChange={(flows) => onChange({ ...draft, flows })} />
      </Tabs.Panel>
    </Tabs>
  );
}
