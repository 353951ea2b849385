import { Button, Checkbox, Group, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { answer, api, newKey } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { CopyField } from "../../../ui/CopyField";
import { FormModal } from "../../../ui/FormModal";
import { useProof } from "../../../ui/Proof";
import { RequestError } from "../../../ui/RequestError";

const DAYS = ["", "30", "90", "365"] as const;

/** Makes a key and shows it, once. */
export function NewKeyDialog({ scopes, onClose }: { scopes: readonly string[]; onClose: () => void }) {
  const { keys: texts, common } = useTexts();
  const { workspace, role } = useMember();
  const client = useQueryClient();
  const withProof = useProof();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const [days, setDays] = useState<string>("90");
  const key = useRef(newKey());
  const given = scopes.filter((scope) => role === "owner" || scope.endsWith(":read"));
  const make = useMutation({
    mutationFn: () =>
      withProof(() =>
        answer(
          api.POST("/api/v1/workspaces/{workspace}/api-keys", {
            params: { path: { workspace }, header: { "Idempotency-Key": key.current } },
            body: {
              name: name.trim(),
              scopes: chosen,
              ends_at: days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : null,
            },
          }),
        ),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: [workspace, "api-keys"] }),
    onError: (error) => {
      if (error instanceof ProblemError && error.status < 500) key.current = newKey();
    },
  });
  return (
    <FormModal
      opened
      onClose={onClose}
      title={texts.make}
      size="lg"
      values={{ name, chosen, days }}
      closeOnEscape={!make.data}
      closeOnClickOutside={!make.data}
    >
      {make.data ? (
        <Stack>
          <Text size="sm">{texts.madeText}</Text>
          <CopyField label={texts.key} value={make.data.key} />
          <Group justify="flex-end">
            <Button onClick={onClose}>{texts.kept}</Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <Stack>
            <TextInput
              label={texts.name}
              placeholder="CRM"
              required
              maxLength={100}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              data-autofocus
            />
            <Checkbox.Group
              label={texts.scopes}
              description={role === "owner" ? texts.scopesText : texts.scopesRead}
              value={chosen}
              onChange={setChosen}
            >
              <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" mt="xs">
                {given.map((scope) => (
                  <Checkbox key={scope} value={scope} label={scope} />
                ))}
              </SimpleGrid>
            </Checkbox.Group>
            <Select
              label={texts.ends}
              data={DAYS.map((value) => ({
                value,
                label: value ? texts.inDays(Number(value)) : texts.noEnd,
              }))}
              value={days}
              onChange={(next) => setDays(next ?? "")}
              allowDeselect={false}
              maw={240}
            />
            <RequestError error={make.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {common.cancel}
              </Button>
              <Button type="submit" loading={make.isPending} disabled={!name.trim() || chosen.length === 0}>
                {texts.make}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </FormModal>
  );
}
