import { Button, Group, NumberInput, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { Outdated } from "../../../ui/edits";
import { RequestError } from "../../../ui/RequestError";
import { PROVIDERS, type ProviderName } from "./providers";
import { type Channel, channelsQuery } from "./queries";

/** The ids that the provider gave, and the number's throughput. */
export function Details({ channel, ofFile }: { channel: Channel; ofFile: boolean }) {
  const { channels: texts, channelFields: words, edits } = useTexts();
  const { workspace, can } = useMember();
  const client = useQueryClient();
  const [draft, setDraft] = useState<Record<string, unknown>>({});
  // The ETag of what the person has begun to change: later ones are of changes that the person has not seen.
  const [seen, setSeen] = useState<string | null>(null);
  const list = useQuery(channelsQuery(workspace));
  const fields = (PROVIDERS[channel.provider as ProviderName]?.fields ?? []).filter((field) => !field.secret);
  const stored: Record<string, unknown> = { ...channel.fields, address: channel.address };
  const value = (name: string) => (name in draft ? draft[name] : stored[name]);
  const save = useMutation({
    mutationFn: () =>
      answer(
        api.PATCH("/api/v1/workspaces/{workspace}/channels/{channel}", {
          params: { path: { workspace, channel: channel.id }, header: { "If-Match": seen } },
          body: draft,
        }),
      ),
    onError: async (error) => {
      if (error instanceof ProblemError && error.status === 412)
        setSeen((await list.refetch()).data?.etag ?? null);
    },
    onSuccess: async () => {
      setDraft({});
      notifications.show({ message: texts.detailsSaved, color: "teal" });
      await client.invalidateQueries({ queryKey: [workspace, "channels"] });
    },
  });
  function change(name: string, next: unknown) {
    if (Object.keys(draft).length === 0) setSeen(list.data?.etag ?? null);
    setDraft({ ...draft, [name]: next });
  }
  const outdated = save.error instanceof ProblemError && save.error.status === 412;
  const labels: Record<string, string> = {
    ...Object.fromEntries(fields.map((field) => [field.name, words[field.words].label])),
    messages_per_second: words.messages_per_second.label,
  };
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
            onChange={(event) => change(field.name, event.currentTarget.value)}
          />
        ))}
        <NumberInput
          label={words.messages_per_second.label}
          description={words.messages_per_second.help}
          value={(value("messages_per_second") as number | null) ?? ""}
          min={0}
          error={errorOf("messages_per_second")}
          disabled={disabled}
          onChange={(next) => change("messages_per_second", next === "" ? null : Number(next))}
        />
        {outdated && (
          <Outdated
            values={Object.keys(draft).map((name) => `${labels[name]}: ${stored[name] ?? "–"}`)}
            onTakeTheirs={() => {
              setDraft({});
              save.reset();
            }}
          />
        )}
        {!known && !outdated && <RequestError error={save.error} />}
        {changed && (
          <Group gap="xs">
            <Button type="submit" loading={save.isPending}>
              {outdated ? edits.saveOver : texts.saveDetails}
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
