import { Button, Group, Select, Stack, Tabs, Text, Textarea } from "@mantine/core";
import { IconBook2, IconCheck, IconCpu, IconGitBranch, IconMessage2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import type { FaqText } from "../faq/queries";
import type { Bot, Draft } from "./draft";
import { FaqEditor } from "./FaqEditor";
import { FlowEditor } from "./FlowEditor";
import { type Changes, modelsQuery } from "./queries";
import { Step } from "./Step";

type Props = {
  draft: Draft;
  onChange: (draft: Draft) => void;
  bot: Bot | undefined;
  faqs: readonly FaqText[] | undefined;
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
    faq: changes.faqs !== null && changes.faqs !== undefined,
    flow: Object.keys(changes.flows ?? {}).length > 0,
  };
  const icons = { prompt: IconMessage2, models: IconCpu, faq: IconBook2, flow: IconGitBranch };
  const setBot = (change: Partial<Bot>) => onChange({ ...draft, bot: { ...draft.bot, ...change } });
  return (
    <Step number={2} title={texts.whatToChange} text={texts.whatToChangeText}>
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
              value={draft.bot.system_prompt ?? bot?.system_prompt ?? ""}
              onChange={(event) => setBot({ system_prompt: event.currentTarget.value })}
            />
            {changed.prompt && (
              <Button
                variant="subtle"
                size="xs"
                onClick={() => setBot({ system_prompt: bot?.system_prompt })}
              >
                {texts.asItIs}
              </Button>
            )}
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="models">
          <Models draft={draft} bot={bot} setBot={setBot} />
        </Tabs.Panel>
        <Tabs.Panel value="faq">
          <FaqEditor
            faqs={draft.faqs ?? faqs ?? []}
            changed={changed.faq}
            onChange={(next) => onChange({ ...draft, faqs: next })}
          />
        </Tabs.Panel>
        <Tabs.Panel value="flow">
          <FlowEditor
            flows={draft.flows}
            initial={flow}
            onChange={(flows) => onChange({ ...draft, flows })}
          />
        </Tabs.Panel>
      </Tabs>
    </Step>
  );
}

type ModelsProps = { draft: Draft; bot: Bot | undefined; setBot: (change: Partial<Bot>) => void };

function Models({ draft, bot, setBot }: ModelsProps) {
  const { replay: texts } = useTexts();
  const { workspace } = useMember();
  const known = useQuery(modelsQuery(workspace)).data?.items ?? [];
  const models = known.map((one) => ({
    value: one.name,
    label: `${one.name}  ·  $${one.input} / $${one.output}`,
  }));
  return (
    <Stack gap="md" maw={520}>
      <Select
        label={texts.mode}
        allowDeselect={false}
        value={draft.bot.mode ?? bot?.mode ?? null}
        onChange={(value) => value && setBot({ mode: value })}
        data={(["hybrid", "faq", "flow", "ai"] as const).map((value) => ({
          value,
          label: texts.modes[value],
        }))}
      />
      <Group grow align="flex-start">
        {(["fast_model", "smart_model"] as const).map((field) => (
          <Select
            key={field}
            label={texts[field]}
            allowDeselect={false}
            searchable
            value={draft.bot[field] ?? bot?.[field] ?? null}
            onChange={(value) => value && setBot({ [field]: value })}
            data={models}
          />
        ))}
      </Group>
      <Text size="sm" c="dimmed">
        {texts.modelsText}
      </Text>
    </Stack>
  );
}
