import { Alert, Button, Group, Select, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconArrowLeft, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Schemas } from "../../../api/client";
import { useTexts } from "../../../texts";
import { EmptyState } from "../../../ui/EmptyState";
import { ErrorState } from "../../../ui/ErrorState";
import { Loading } from "../../../ui/Loading";
import { RefreshFailed } from "../../../ui/RefreshFailed";
import { HeaderFileField } from "../../templates/HeaderFileField";
import { templatesQuery } from "../../templates/queries";
import { TemplatePreview } from "../../templates/TemplatePreview";
import classes from "./Composer.module.css";
import type { KeptTemplate } from "./outbox";
import {
  buttonsToFill,
  contentOf,
  type Filled,
  missingOf,
  NOTHING_FILLED,
  needsFile,
  previewOf,
  type Template,
  templateOf,
  variablesOf,
  whyNot,
} from "./templates";
import { useSending } from "./useSending";

type Props = {
  workspace: string;
  channel: string;
  provider: string;
  optedOut: boolean;
  customerName: string;
  disabled: boolean;
  /** The template that is being filled, as it is kept with the draft. */
  kept: KeptTemplate | null;
  onKeep: (kept: KeptTemplate | null) => void;
  onSend: (content: Schemas["TemplateContent"], text: string) => void;
};

/** Chooses an approved template, fills it in, and shows it as the customer will read it. */
export function TemplatePicker(props: Props) {
  const texts = useTexts();
  const { composer: t } = texts;
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<string | null>(props.kept?.name ?? null);
  const list = useQuery(templatesQuery(props.workspace));
  const groups = useMemo(() => byName((list.data ?? []).map(templateOf)), [list.data]);
  if (list.isPending) return <Loading h={120} />;
  if (!list.data) return <ErrorState error={list.error} onRetry={() => list.refetch()} />;
  if (groups.length === 0) return <EmptyState title={t.noTemplates} text={t.noTemplatesText} />;
  const group = groups.find((one) => one[0]?.name === chosen);
  // Back to the list at once, so that a second click finds nothing to send.
  const onSend: Props["onSend"] = (content, text) => {
    setChosen(null);
    props.onKeep(null);
    props.onSend(content, text);
  };
  if (group) return <Form {...props} onSend={onSend} versions={group} onBack={() => setChosen(null)} />;
  const words = search.trim().toLowerCase();
  const shown = groups.filter((one) =>
    one.some((it) => `${it.name} ${it.body}`.toLowerCase().includes(words)),
  );
  return (
    <Stack gap="xs">
      <RefreshFailed query={list} />
      <TextInput
        aria-label={t.search}
        placeholder={t.search}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <ul className={classes.templates}>
        {shown.length === 0 && (
          <Text size="sm" c="dimmed" p="xs">
            {t.noneFound}
          </Text>
        )}
        {shown.map((versions) => {
          const first = versions[0] as Template;
          const why = versions.map((one) => whyNot(one, props, texts));
          const blocked = why.every(Boolean) ? why[0] : "";
          return (
            <li key={first.name}>
              <UnstyledButton className={classes.templateItem} onClick={() => setChosen(first.name)}>
                <Text size="sm" fw={600}>
                  {first.name}{" "}
                  <Text span size="xs" c="dimmed" fw={400}>
                    {versions.map((one) => one.language).join(", ")}
                  </Text>
                </Text>
                <Text size="xs" c="dimmed" lineClamp={2} dir="auto">
                  {first.body || t.unknownText}
                </Text>
                {blocked && (
                  <Text size="xs" c="orange">
                    {blocked}
                  </Text>
                )}
              </UnstyledButton>
            </li>
          );
        })}
      </ul>
    </Stack>
  );
}

function byName(templates: Template[]): Template[][] {
  const groups = new Map<string, Template[]>();
  for (const one of templates) groups.set(one.name, [...(groups.get(one.name) ?? []), one]);
  return [...groups.values()].sort((a, b) => (a[0]?.name ?? "").localeCompare(b[0]?.name ?? ""));
}

function Form(props: Props & { versions: Template[]; onBack: () => void }) {
  const texts = useTexts();
  const { composer: t } = texts;
  const name = props.versions[0]?.name ?? "";
  const kept = props.kept?.name === name ? props.kept : null;
  const language = kept?.language ?? props.versions[0]?.language ?? "";
  const filled = kept?.filled ?? NOTHING_FILLED;
  const setLanguage = (next: string) => props.onKeep({ name, language: next, filled });
  const setFilled = (next: Filled) => props.onKeep({ name, language, filled: next });
  const one = props.versions.find((it) => it.language === language) ?? (props.versions[0] as Template);
  const why = whyNot(one, props, texts);
  const missing = why ? "" : missingOf(one, filled, props.channel, texts);
  const preview = previewOf(one, filled);
  const sending = useSending(() => {
    if (!why && !missing) props.onSend(contentOf(one, filled), preview);
  });
  return (
    <form onSubmit={sending.onSubmit}>
      <Group justify="space-between" mb="xs">
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconArrowLeft size={14} aria-hidden />}
          onClick={props.onBack}
        >
          {t.back}
        </Button>
        <Text size="sm" fw={600}>
          {one.name}
        </Text>
      </Group>
      <div className={classes.templateForm}>
        <Stack gap="xs">
          {props.versions.length > 1 && (
            <Select
              label={t.language}
              data={props.versions.map((it) => it.language)}
              value={language}
              allowDeselect={false}
              onChange={(next) => next && setLanguage(next)}
            />
          )}
          {!why && (
            <Fields
              one={one}
              filled={filled}
              onChange={setFilled}
              example={props.customerName}
              workspace={props.workspace}
              channel={props.channel}
            />
          )}
        </Stack>
        <Stack gap={6}>
          <Text size="xs" fw={600} c="dimmed">
            {t.preview}
          </Text>
          <div data-preview>
            <TemplatePreview
              bare
              template={one.body ? one : { ...one, body: t.unknownText }}
              parameters={filled.parameters}
              header={filled.header}
              file={filled.headerFile.name}
            />
          </div>
          {(why || missing) && (
            <Alert color={why ? "orange" : "gray"} p="xs" role="status">
              {why || missing}
            </Alert>
          )}
          <Button {...sending.button} disabled={Boolean(why || missing) || props.disabled} />
          {sending.notice}
        </Stack>
      </div>
    </form>
  );
}

type FieldsProps = {
  one: Template;
  filled: Filled;
  onChange: (filled: Filled) => void;
  example: string;
  workspace: string;
  channel: string;
};

function Fields({ one, filled, onChange, example, workspace, channel }: FieldsProps) {
  const { composer: t } = useTexts();
  return (
    <>
      {needsFile(one) && (
        <HeaderFileField
          workspace={workspace}
          channel={channel}
          kind={one.header as "image"}
          value={filled.headerFile}
          onChange={(headerFile) => onChange({ ...filled, headerFile })}
        />
      )}
      {one.header === "text" && variablesOf(one.header_text).length > 0 && (
        <TextInput
          label={t.headerValue}
          value={filled.header}
          onChange={(event) => onChange({ ...filled, header: event.currentTarget.value })}
        />
      )}
      {variablesOf(one.body).map((name, index) => (
        <TextInput
          key={name}
          label={t.value(name)}
          placeholder={index === 0 && example ? t.example(example) : undefined}
          value={filled.parameters[index] ?? ""}
          onChange={(event) => {
            const parameters = [...filled.parameters];
            parameters[index] = event.currentTarget.value;
            for (let at = 0; at < index; at++) parameters[at] ??= "";
            onChange({ ...filled, parameters });
          }}
        />
      ))}
      {buttonsToFill(one).map((index) => (
        <TextInput
          key={index}
          label={t.buttonValue(index + 1, one.buttons[index]?.kind ?? "")}
          value={filled.buttons[index] ?? ""}
          onChange={(event) =>
            onChange({ ...filled, buttons: { ...filled.buttons, [index]: event.currentTarget.value } })
          }
        />
      ))}
    </>
  );
}
