import { ActionIcon, Badge, Button, Group, Menu, Stack, Text, TextInput } from "@mantine/core";
import { IconDots, IconPencil, IconX } from "@tabler/icons-react";
import { Suspense, useState } from "react";
import type { Schemas } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import { ErrorState, words } from "../../../ui/ErrorState";
import { Loading } from "../../../ui/Loading";
import { late } from "../../../ui/late";
import { RefreshFailed } from "../../../ui/RefreshFailed";
import { refusalOf } from "../conversation/useCommands";
import classes from "./Panel.module.css";
import { Section } from "./Section";
import { useCustomer } from "./useCustomer";
import { usePatch } from "./usePatch";

const CustomerTags = late(async () => (await import("./CustomerTags")).CustomerTags);

type Customer = Schemas["CustomerAnswer"];

/** The customer's data, and what may be changed of it. */
export function CustomerCard({ customer }: { customer: string; conversation: string }) {
  const texts = useTexts();
  const found = useCustomer(customer);
  const patch = usePatch(customer);
  if (found.isPending) return <Loading h={160} />;
  if (found.isError && !found.data) return <ErrorState error={found.error} onRetry={() => found.refetch()} />;
  const one = found.data;
  return (
    <>
      <RefreshFailed query={found} />
      <Identity one={one} patch={patch} />
      <Fields one={one} patch={patch} />
      {patch.isError && (
        <Text size="xs" c="red" px="md" role="alert">
          {words(refusalOf(patch.error, texts), texts)}
        </Text>
      )}
    </>
  );
}

type PartProps = { one: Customer; patch: ReturnType<typeof usePatch> };

function Identity({ one, patch }: PartProps) {
  const { panel: t, common } = useTexts();
  const { can } = useMember();
  const format = useFormat();
  const [name, setName] = useState<string | null>(null);
  const write = can("customers_write");
  const source = Object.values(one.lead_source).filter((value) => typeof value === "string" && value);
  return (
    <section className={classes.section}>
      {name === null ? (
        <div className={classes.title}>
          <Text fw={600} className={classes.clamp} dir="auto">
            {one.name || t.noName}
          </Text>
          {write && <CustomerMenu one={one} patch={patch} onRename={() => setName(one.name)} />}
        </div>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            patch.mutate({ name: name.trim() }, { onSuccess: () => setName(null) });
          }}
        >
          <TextInput
            label={t.name}
            value={name}
            autoFocus
            maxLength={200}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Group gap="xs" mt="xs">
            <Button type="submit" size="xs" loading={patch.isPending} disabled={!name.trim()}>
              {common.save}
            </Button>
            <Button size="xs" variant="default" onClick={() => setName(null)}>
              {common.cancel}
            </Button>
          </Group>
        </form>
      )}
      <Group gap={6} mt={4}>
        {one.opted_out_of === "all" && <Badge color="red">{t.optedOut}</Badge>}
        {one.opted_out_of === "marketing" && <Badge color="orange">{t.optedOutMarketing}</Badge>}
        {one.qualified && <Badge color="parley">{t.qualified}</Badge>}
      </Group>
      <dl className={classes.facts}>
        <dt>{t.number}</dt>
        <dd dir="ltr">{one.phone || "–"}</dd>
        {one.username && (
          <>
            <dt>{t.username}</dt>
            <dd>@{one.username}</dd>
          </>
        )}
        {source.length > 0 && (
          <>
            <dt>{t.source}</dt>
            <dd className={classes.clamp}>{source.join(" · ")}</dd>
          </>
        )}
      </dl>
      <Text size="xs" c="dimmed" mt={6}>
        {one.first_seen_at && t.since(format.date(one.first_seen_at))}
      </Text>
      {one.undeliverable_at && (
        <Text size="xs" c="red">
          {t.undeliverable(format.date(one.undeliverable_at))}
        </Text>
      )}
      <Suspense fallback={<Loading h={58} />}>
        <CustomerTags one={one} patch={patch} />
      </Suspense>
    </section>
  );
}

function CustomerMenu({ one, patch, onRename }: PartProps & { onRename: () => void }) {
  const { panel: t } = useTexts();
  const out = one.opted_out_of === "all";
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t.edit} loading={patch.isPending}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} />} onClick={onRename}>
          {t.name}
        </Menu.Item>
        <Menu.Item onClick={() => patch.mutate({ qualified: !one.qualified })}>
          {one.qualified ? t.disqualify : t.qualify}
        </Menu.Item>
        <Menu.Item data-danger={!out || undefined} onClick={() => patch.mutate({ opted_out: !out })}>
          {out ? t.optIn : t.optOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Fields({ one, patch }: PartProps) {
  const { panel: t, common } = useTexts();
  const { can } = useMember();
  const [added, setAdded] = useState<{ name: string; value: string } | null>(null);
  const write = can("customers_write");
  const fields = Object.entries(one.fields);
  return (
    <Section
      title={t.fields}
      action={
        write &&
        !added && (
          <Button size="compact-xs" variant="subtle" onClick={() => setAdded({ name: "", value: "" })}>
            {t.addField}
          </Button>
        )
      }
    >
      {fields.length === 0 && !added && (
        <Text size="sm" c="dimmed">
          {t.noFields}
        </Text>
      )}
      <dl className={classes.facts}>
        {fields.map(([name, value]) => (
          <FieldRow key={name} name={name} value={value} write={write} patch={patch} />
        ))}
      </dl>
      {added && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            patch.mutate(
              { fields: { [added.name.trim()]: added.value } },
              { onSuccess: () => setAdded(null) },
            );
          }}
        >
          <Stack gap={6}>
            <TextInput
              size="xs"
              label={t.field}
              required
              value={added.name}
              onChange={(event) => setAdded({ ...added, name: event.currentTarget.value })}
            />
            <TextInput
              size="xs"
              label={t.value}
              value={added.value}
              onChange={(event) => setAdded({ ...added, value: event.currentTarget.value })}
            />
            <Group gap="xs">
              <Button type="submit" size="xs" loading={patch.isPending}>
                {common.save}
              </Button>
              <Button size="xs" variant="default" onClick={() => setAdded(null)}>
                {common.cancel}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Section>
  );
}

type RowProps = { name: string; value: unknown; write: boolean; patch: PartProps["patch"] };

function FieldRow({ name, value, write, patch }: RowProps) {
  const { panel: t } = useTexts();
  return (
    <>
      <dt>{name}</dt>
      <dd dir="auto">
        <span>{typeof value === "string" ? value : JSON.stringify(value)}</span>
        {write && (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="xs"
            ms={4}
            aria-label={t.removeField(name)}
            disabled={patch.isPending}
            onClick={() => patch.mutate({ fields: { [name]: null } })}
          >
            <IconX size={12} />
          </ActionIcon>
        )}
      </dd>
    </>
  );
}
