import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useProof } from "../../../ui/Proof";
import { RequestError } from "../../../ui/RequestError";
import { ChannelFields } from "./ChannelFields";
import { useRefusedFields } from "./CheckList";
import { PROVIDERS, type ProviderName } from "./providers";
import type { Channel } from "./queries";

/** Shows which secrets are set, their last characters on request, and setting them anew. Secrets are never shown. */
export function Credentials({ channel, ofFile }: { channel: Channel; ofFile: boolean }) {
  const { channels: texts, channelFields: words } = useTexts();
  const { workspace, can } = useMember();
  const withProof = useProof();
  const client = useQueryClient();
  const [typed, setValues] = useState<Record<string, string> | null>(null);
  const refused = useRefusedFields(workspace, channel.id);
  const path = { workspace, channel: channel.id };
  const last4 = useMutation({
    mutationFn: () =>
      withProof(() =>
        answer(
          api.GET("/api/v1/workspaces/{workspace}/channels/{channel}/credentials", { params: { path } }),
        ),
      ),
  });
  const set = useMutation({
    mutationFn: (body: Record<string, string>) =>
      withProof(() =>
        answer(
          api.PUT("/api/v1/workspaces/{workspace}/channels/{channel}/credentials", {
            params: { path },
            body,
          }),
        ),
      ),
    onSuccess: async () => {
      setValues(null);
      last4.reset();
      notifications.show({ message: texts.credentialsSaved, color: "teal" });
      // The results of the checks are those of the old credentials.
      void client.resetQueries({ queryKey: [workspace, "channel-check", channel.id] });
      await client.invalidateQueries({ queryKey: [workspace, "channels"] });
    },
  });
  const secrets = (PROVIDERS[channel.provider as ProviderName]?.fields ?? []).filter((field) => field.secret);
  const asked = !ofFile && secrets.some((field) => refused.some((one) => one.name === field.name));
  const values = typed ?? (asked ? {} : null);
  const given = Object.fromEntries(Object.entries(values ?? {}).filter(([, value]) => value.trim()));
  const refusals = refused
    .filter(({ name }) => !values?.[name])
    .map(({ name, certain }) => [name, certain ? texts.refusedByProvider : texts.perhapsRefused]);
  const errors = Object.fromEntries([
    ...refusals,
    ...(set.error instanceof ProblemError ? set.error.fields : []).map((one) => [
      one.pointer.replace(/^#\//, ""),
      one.message,
    ]),
  ]);
  return (
    <Stack gap="sm">
      <Table maw={520} highlightOnHover={false}>
        <Table.Tbody>
          {secrets.map((field) => (
            <Table.Tr key={field.name}>
              <Table.Th scope="row" fw={400}>
                {words[field.words].label}
              </Table.Th>
              <Table.Td ff="monospace">
                {channel.secrets.includes(field.name)
                  ? `•••• ${last4.data?.items.find((one) => one.name === field.name)?.last4 ?? ""}`
                  : texts.notSet}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {can("credentials") ? (
        values === null ? (
          <Group gap="xs">
            <Button variant="default" size="xs" onClick={() => last4.mutate()} loading={last4.isPending}>
              {texts.showLast}
            </Button>
            {!ofFile && (
              <Button variant="default" size="xs" onClick={() => setValues({})}>
                {texts.setAnew}
              </Button>
            )}
          </Group>
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              set.mutate(given);
            }}
          >
            <Stack gap="sm">
              <Text size="sm">{texts.setAnewText}</Text>
              <ChannelFields
                fields={secrets.map((field) => ({ ...field, optional: true }))}
                values={values}
                errors={errors}
                onChange={(name, value) => setValues({ ...values, [name]: value })}
              />
              {Object.keys(errors).length === 0 && <RequestError error={set.error} />}
              <Group gap="xs">
                <Button type="submit" disabled={Object.keys(given).length === 0} loading={set.isPending}>
                  {texts.storeNew}
                </Button>
                {!asked && (
                  <Button variant="default" onClick={() => setValues(null)}>
                    {texts.cancel}
                  </Button>
                )}
              </Group>
            </Stack>
          </form>
        )
      ) : (
        <Text size="sm" c="dimmed">
          {texts.ownersOnly}
        </Text>
      )}
      <RequestError error={last4.error} />
    </Stack>
  );
}
