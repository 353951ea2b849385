import {
  Button,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, newKey } from "../../api/client";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { useFormat } from "../../time/zone";
import { ErrorState } from "../../ui/ErrorState";
import { useEdit } from "../../ui/edits";
import { FormModal } from "../../ui/FormModal";
import { FieldPairs } from "./FieldPairs";
import { countQuery, type Segment, segmentsQuery } from "./queries";
import { compact, rulesOf } from "./rules";

type Props = { segment: Segment | null; taken: readonly string[]; tag: string; onClose: () => void };

/** Builds a segment from conditions, and counts its customers while they are chosen. */
export function SegmentForm({ segment, taken, tag, onClose }: Props) {
  const { common, segments } = useTexts();
  const { workspace } = useMember();
  const [name, setName] = useState(segment?.name ?? "");
  const [form, setForm] = useState<Omit<Segment, "name">>(() => ({ ...segment, name: undefined }));
  const latest = useQuery(segmentsQuery(workspace));
  const [seen, setSeen] = useState(tag); // a later one is of changes that the person has not seen
  const edit = useEdit("segments", "segment-count");
  const { name: _, ...rules } = form as Segment;
  const body = compact(rules);
  const set = (part: Partial<Segment>) => setForm({ ...form, ...part });
  const nameFault = !segment && taken.includes(name) ? segments.taken : null;
  function save() {
    edit.ask(
      {
        tag: seen,
        send: ({ dry_run, tag: match }) =>
          answer(
            api.PUT("/api/v1/workspaces/{workspace}/segments/{name}", {
              params: { path: { workspace, name }, query: { dry_run }, header: { "If-Match": match } },
              body: body as Record<string, never>,
            }),
          ),
        yours: <Text size="sm">{rulesOf(body, segments).join(" · ")}</Text>,
        theirs: async () => {
          const { data } = await latest.refetch();
          setSeen(data?.tag ?? "");
          const now = data?.data.items.find((one) => one.name === name);
          return {
            shown: <Text size="sm">{now ? rulesOf(now, segments).join(" · ") : "–"}</Text>,
            tag: data?.tag ?? "",
          };
        },
        done: onClose,
      },
      newKey(),
    );
  }
  return (
    <FormModal
      opened
      onClose={onClose}
      title={segment ? segments.edit : segments.editNew}
      values={{ name, form }}
      size="lg"
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Stack>
          <TextInput
            label={segments.name}
            description={segments.nameText}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            pattern="[a-z0-9][a-z0-9_\-]*"
            maxLength={63}
            required
            disabled={Boolean(segment)}
            error={nameFault}
            data-autofocus={segment ? undefined : true}
          />
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TagsInput label={segments.hasTags} value={form.tags ?? []} onChange={(tags) => set({ tags })} />
            <TagsInput
              label={segments.hasNoTags}
              value={form.without_tags ?? []}
              onChange={(without_tags) => set({ without_tags })}
            />
            <Truth
              label={segments.qualified}
              value={form.qualified}
              onChange={(qualified) => set({ qualified })}
            />
            <Truth
              label={segments.optedOut}
              value={form.opted_out}
              onChange={(opted_out) => set({ opted_out })}
            />
            <NumberInput
              label={segments.minOrders}
              min={0}
              value={form.min_orders ?? ""}
              onChange={(value) => set({ min_orders: Number(value) || 0 })}
              allowDecimal={false}
            />
            <TextInput
              label={segments.leadSource}
              placeholder={segments.leadSourceText}
              value={form.lead_source ?? ""}
              onChange={(event) => set({ lead_source: event.currentTarget.value })}
            />
            <NumberInput
              label={segments.activeWithin}
              min={1}
              max={36_500}
              value={form.active_within_days ?? ""}
              onChange={(value) => set({ active_within_days: Number(value) || null })}
              allowDecimal={false}
            />
            <NumberInput
              label={segments.idleFor}
              min={1}
              max={36_500}
              value={form.idle_for_days ?? ""}
              onChange={(value) => set({ idle_for_days: Number(value) || null })}
              allowDecimal={false}
            />
          </SimpleGrid>
          <FieldPairs fields={form.fields ?? {}} onChange={(fields) => set({ fields })} />
          <LiveCount segment={body} />
          {edit.error ? <ErrorState error={edit.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common.cancel}
            </Button>
            <Button type="submit" loading={edit.isPending} disabled={Boolean(nameFault)}>
              {segments.review}
            </Button>
          </Group>
        </Stack>
      </form>
      {edit.dialog}
    </FormModal>
  );
}

function LiveCount({ segment }: { segment: Omit<Segment, "name"> }) {
  const { common, segments } = useTexts();
  const { workspace } = useMember();
  const format = useFormat();
  const [settled] = useDebouncedValue(JSON.stringify(segment), 400);
  const count = useQuery(countQuery(workspace, JSON.parse(settled) as Omit<Segment, "name">));
  if (count.isError && !count.data) return <ErrorState error={count.error} onRetry={() => count.refetch()} />;
  return (
    <Text size="sm" fw={600} role="status">
      {count.data ? segments.people(format.number(count.data.customers)) : common.loading}
    </Text>
  );
}

type TruthProps = {
  label: string;
  value: boolean | null | undefined;
  onChange: (value: boolean | null) => void;
};

function Truth({ label, value, onChange }: TruthProps) {
  const { segments } = useTexts();
  return (
    <Select
      label={label}
      value={typeof value === "boolean" ? String(value) : ""}
      allowDeselect={false}
      onChange={(chosen) => onChange(chosen ? chosen === "true" : null)}
      data={[
        { value: "", label: segments.any },
        { value: "true", label: segments.yes },
        { value: "false", label: segments.no },
      ]}
    />
  );
}
