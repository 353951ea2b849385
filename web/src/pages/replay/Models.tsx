import { Group, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { ErrorState } from "../../ui/ErrorState";
import { modelsQuery } from "../settings/sections/models";
import type { Bot } from "./draft";

type Props = { draft: Partial<Bot>; bot: Bot; setBot: (change: Partial<Bot>) => void };

/** The mode, and the models with their prices. */
export function Models({ draft, bot, setBot }: Props) {
  const { replay: texts } = useTexts();
  const { workspace } = useMember();
  const known = useQuery(modelsQuery(workspace));
  if (known.isError && !known.data)
    return <ErrorState error={known.error} onRetry={() => void known.refetch()} />;
  const models = (known.data?.items ?? []).map((one) => ({
    value: one.name,
    label: `${one.name}  ·  $${one.input} / $${one.output}`,
  }));
  return (
    <Stack gap="md" maw={520}>
      <Select
        label={texts.mode}
        allowDeselect={false}
        value={draft.mode ?? bot.mode}
        onChange={(value) => value && setBot({ mode: value })}
        data={(["hybrid", "faq", "flow", "ai"] as const).map((value) => ({
          value,
          label: texts.modes[value],
        }))}
      />
      <Group grow align="flex-start" preventGrowOverflow={false}>
        {(["fast_model", "smart_model"] as const).map((field) => (
          <Select
            key={field}
            label={texts[field]}
            allowDeselect={false}
            searchable
            miw={220}
            value={draft[field] ?? bot[field]}
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
