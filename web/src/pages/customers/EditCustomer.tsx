import {
  ActionIcon,
  Button,
  Fieldset,
  Group,
  Select,
  Stack,
  Switch,
  TagsInput,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type Schemas } from "../../api/client";
import { useMember } from "../../app/me";
import { useSettle } from "../../live/useRefresh";
import { useTexts } from "../../texts";
import { ErrorState } from "../../ui/ErrorState";
import { FormModal } from "../../ui/FormModal";
import { refusalOf, useCommandsOf } from "../inbox/conversation/useCommands";
import { type Consent, type FieldRow, formOf, patchOf } from "./patch";
import type { Customer } from "./queries";

/** Changes name, tags, consent and fields of a customer; only what was changed is sent. */
export function EditCustomer({ customer, onClose }: { customer: Customer; onClose: () => void }) {
  const texts = useTexts();
  const { common, customers } = texts;
  const { workspace } = useMember();
  const { run } = useCommandsOf(workspace, null);
  const [form, setForm] = useState(() => formOf(customer));
  const settle = useSettle();
  const patch = patchOf(customer, form);
  const save = useMutation({
    mutationFn: (body: Partial<Schemas["CustomerPatch"]>) =>
      run(() =>
        answer(
          api.PATCH("/api/v1/workspaces/{workspace}/customers/{customer}", {
            params: { path: { workspace, customer: customer.id } },
            body: body as Schemas["CustomerPatch"],
          }),
        ),
      ),
    onSuccess: () => {
      settle([workspace, "customer", customer.id], [workspace, "customers"]);
      onClose();
    },
  });
  return (
    <FormModal opened onClose={onClose} title={customers.editTitle} size="lg" values={form}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (patch) save.mutate(patch);
        }}
      >
        <Stack>
          <TextInput
            label={customers.name}
            value={form.name}
            maxLength={200}
            onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
            data-autofocus
          />
          <TagsInput
            label={customers.tags}
            value={form.tags}
            maxTags={50}
            onChange={(tags) => setForm({ ...form, tags })}
          />
          <Select
            label={customers.consent}
            description={customers.consentText}
            value={form.consent}
            allowDeselect={false}
            onChange={(consent) => setForm({ ...form, consent: consent as Consent })}
            data={[
              { value: "all", label: customers.consentAll },
              { value: "no_marketing", label: customers.noMarketing },
              { value: "none", label: customers.optedOut },
            ]}
          />
          <Switch
            label={customers.qualified}
            checked={form.qualified}
            onChange={(event) => setForm({ ...form, qualified: event.currentTarget.checked })}
          />
          <Fields rows={form.fields} onChange={(fields) => setForm({ ...form, fields })} />
          {save.isError && <ErrorState error={refusalOf(save.error, texts)} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!patch}>
              {common.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}

function Fields({ rows, onChange }: { rows: FieldRow[]; onChange: (rows: FieldRow[]) => void }) {
  const { customers } = useTexts();
  const change = (place: number, row: FieldRow) =>
    onChange(rows.map((one, at) => (at === place ? row : one)));
  return (
    <Fieldset legend={customers.fields} variant="unstyled">
      <Stack gap="xs">
        {rows.map((row, place) => (
          // The rows have no other identity than their place: names are typed into them.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <Group key={place} gap="xs" wrap="nowrap">
            <TextInput
              aria-label={customers.fieldName}
              placeholder={customers.fieldName}
              value={row.name}
              maxLength={64}
              flex={1}
              onChange={(event) => change(place, { ...row, name: event.currentTarget.value })}
            />
            <TextInput
              aria-label={customers.fieldValue(row.name)}
              placeholder={customers.value}
              value={row.value}
              maxLength={4000}
              flex={2}
              onChange={(event) => change(place, { ...row, value: event.currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={customers.removeField(row.name)}
              onClick={() => onChange(rows.filter((_, at) => at !== place))}
            >
              <IconX size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Button
          variant="subtle"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => onChange([...rows, { name: "", value: "" }])}
          style={{ alignSelf: "flex-start" }}
        >
          {customers.addField}
        </Button>
      </Stack>
    </Fieldset>
  );
}
