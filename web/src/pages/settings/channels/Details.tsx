import { Button, Group, NumberInput, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { RequestError } from "../../../ui/RequestError";
import { PROVIDERS, type ProviderName } from "./providers";
import type { Channel } from "./queries";

/** The ids that the provider gave, and the number's throughput. */
export function Details({ channel, ofFile }: { channel: Channel; ofFile: boolean }) {
  const { channels: texts, channelFields: words } = useTexts();
  const { workspace, can } = useMember();
  const client = useQueryClient();
  const [draft, setDraft] = useState<Record<string, unknown>>({});
  const fields = (PROVIDERS[channel.provider as ProviderName]?.fields ?? []).filter((field) => !field.secret);
  const stored: Record<string, unknown> = { ...channel.fields, address: channel.address };
  const value = (name: string) => (name in draft ? draft[name] : stored[name]);
  const save = useMutation({
    mutationFn: () =>
      answer(
        api.PATCH("/api/v1/workspaces/{workspace}/channels/{channel}", {
          params: { path: { workspace, channel: channel.id } },
          body: draft,
        }),
      ),
    onSuccess: async () => {
      setDraft({});
      notifications.show({ message: texts.detailsSaved, color: "teal" });
      await client.invalidateQueries({ queryKey: [workspace, "channels"] });
    },
  });
  const errorOf = (name: string) =>
    save.error instanceof ProblemError
      ? save.error.fields.find((one) => one.pointer === `#/${name}`)?.message
      : undefined;
  const known = [...fields.map((field) => field.name), "messages_per_second"].some(errorOf);
  const disabled = ofFile || !can("settings_write");
  const changed = Object.keys(draft).some((name) => draft[name] !== (stored[name] ?? null));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="md" maw={480}>
        {fields.map((field) => (
          <TextInput
            key={field.name}
            label={words[field.words].label}
            description={words[field.words].help}
            value={String(value(field.name) ?? "")}
            error={errorOf(field.name)}
            disabled={disabled}
            onChange={(event) => setDraft({ ...draft, [field.name]: event.currentTarget.value })}
          />
        ))}
        <NumberInput
          label={words.messages_per_second.label}
          description={words.messages_per_second.help}
          value={(value("messages_per_second") as number | null) ?? ""}
          min={0}
          error={errorOf("messages_per_second")}
          disabled={disabled}
          onChange={(next) => setDraft({ ...draft, messages_per_second: next === "" ? null : Number(next) })}
        />
        {!known && <RequestError error={save.error} />}
        {changed && (
          <Group gap="xs">
            <Button type="submit" loading={save.isPending}>
              {texts.saveDetails}
            </Button>
            <Button variant="default" onClick={() => setDraft({})}>
              {texts.cancel}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}
