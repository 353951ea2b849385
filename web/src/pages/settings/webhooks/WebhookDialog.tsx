import { Button, Checkbox, Group, Radio, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { answer, api, newKey } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { CopyField } from "../../../ui/CopyField";
import { Modal } from "../../../ui/dialogs/Modal";
import { Outdated } from "../../../ui/edits";
import { FormModal } from "../../../ui/FormModal";
import { useProof } from "../../../ui/Proof";
import { RequestError } from "../../../ui/RequestError";
import { inventSecret } from "../channels/providers";
import { KINDS, USUAL, type Webhook, webhooksQuery } from "./queries";

type Props = { webhook?: Webhook; etag?: string | null; onClose: () => void };

/** Adds a webhook, or changes address and events of one. The secret of a new one is shown once. */
export function WebhookDialog({ webhook, etag = null, onClose }: Props) {
  const { webhooks: texts, common, edits } = useTexts();
  const { workspace } = useMember();
  const client = useQueryClient();
  const withProof = useProof();
  const [id, setId] = useState(webhook?.id ?? "");
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [some, setSome] = useState((webhook?.events.length ?? 0) > 0);
  const [events, setEvents] = useState<string[]>(webhook?.events.length ? webhook.events : [...USUAL]);
  const [secret] = useState(inventSecret);
  const [seen, setSeen] = useState(etag); // a later one is of changes that the person has not seen
  const key = useRef(newKey());
  const save = useMutation({
    mutationFn: () => {
      const body = { url: url.trim(), events: some ? events : [] };
      return webhook
        ? answer(
            api.PUT("/api/v1/workspaces/{workspace}/webhooks/{webhook}", {
              params: { path: { workspace, webhook: webhook.id }, header: { "If-Match": seen } },
              body,
            }),
          )
        : withProof(() =>
            answer(
              api.POST("/api/v1/workspaces/{workspace}/webhooks", {
                params: { path: { workspace }, header: { "Idempotency-Key": key.current } },
                body: { ...body, id, secret },
              }),
            ),
          );
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [workspace, "webhooks"] });
      if (webhook) onClose();
    },
    onError: async (error) => {
      if (error instanceof ProblemError && error.status < 500) key.current = newKey();
      if (error instanceof ProblemError && error.status === 412) {
        setSeen((await client.fetchQuery({ ...webhooksQuery(workspace), staleTime: 0 })).etag);
      }
    },
  });
  const outdated = save.error instanceof ProblemError && save.error.status === 412;
  const errorOf = (name: string) =>
    save.error instanceof ProblemError
      ? save.error.fields.find((one) => one.pointer.startsWith(`#/${name}`))?.message
      : undefined;
  if (save.isSuccess && !webhook) {
    return (
      <Modal
        opened
        onClose={onClose}
        title={texts.added}
        size="lg"
        closeOnClickOutside={false}
        closeOnEscape={false}
      >
        <Stack>
          <Text size="sm">{texts.secretOnce}</Text>
          <CopyField label={texts.secret} value={secret} />
          <Group justify="flex-end">
            <Button onClick={onClose}>{texts.kept}</Button>
          </Group>
        </Stack>
      </Modal>
    );
  }
  return (
    <FormModal
      opened
      onClose={onClose}
      title={webhook ? texts.change : texts.add}
      size="lg"
      values={{ id, url, some, events }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          {!webhook && (
            <TextInput
              label={texts.name}
              description={texts.nameText}
              placeholder="crm"
              value={id}
              error={errorOf("id")}
              onChange={(event) => setId(event.currentTarget.value.toLowerCase())}
              required
              data-autofocus
            />
          )}
          <TextInput
            label={texts.url}
            description={texts.urlText}
            placeholder="https://crm.example.com/parley"
            value={url}
            error={errorOf("url")}
            onChange={(event) => setUrl(event.currentTarget.value)}
            required
          />
          <Radio.Group
            label={texts.events}
            value={some ? "some" : "usual"}
            onChange={(next) => setSome(next === "some")}
          >
            <Stack gap="xs" mt={6}>
              <Radio value="usual" label={texts.usual} description={USUAL.join(", ")} />
              <Radio value="some" label={texts.these} />
            </Stack>
          </Radio.Group>
          {some && (
            <Checkbox.Group value={events} onChange={setEvents} aria-label={texts.events}>
              <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs">
                {KINDS.map((kind) => (
                  <Checkbox key={kind} value={kind} label={kind} />
                ))}
              </SimpleGrid>
            </Checkbox.Group>
          )}
          {outdated && webhook && (
            <Outdated
              values={[webhook.url, webhook.events.join(", ") || texts.usual]}
              onTakeTheirs={onClose}
            />
          )}
          {!outdated && !errorOf("id") && !errorOf("url") && <RequestError error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={some && events.length === 0}>
              {outdated ? edits.saveOver : common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
