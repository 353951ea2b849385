import { useQuery } from "@tanstack/react-query";
import { useMember } from "../../../app/me";
import { useTexts } from "../../../texts";
import type { Field, FieldGroup, Option } from "../../../ui/form/fields";
import { SectionForm } from "../../../ui/form/SectionForm";
import type { Section } from "../../../ui/form/useSection";
import { Page } from "../../../ui/Page";
import type { SettingsPage } from "../menu";
import { modelsQuery } from "./models";
import { TemplateField } from "./TemplateField";

type Words = { label: string; help?: string };

function Shown({ page, section, groups }: { page: SettingsPage; section: Section; groups: FieldGroup[] }) {
  const { settings } = useTexts();
  return (
    <Page title={settings.pages[page]} text={settings.about[page]}>
      <SectionForm section={section} page={page} groups={groups} />
    </Page>
  );
}

/** Makes fields with the words of their page. */
function fieldsOf<Page extends Record<string, Words>>(words: Page) {
  return (path: keyof Page & string, rest: DistributiveOmit<Field, "path" | "label" | "help">): Field =>
    ({ path, ...words[path], ...rest }) as Field;
}

type DistributiveOmit<T, K extends keyof T> = T extends unknown ? Omit<T, K> : never;

function options(words: Record<string, { label: string; text?: string }>): Option[] {
  return Object.entries(words).map(([value, one]) => ({ value, ...one }));
}

/** The bot: how it answers and what it says. */
export function BotPage() {
  const { settingFields, settingGroups: groups, settingOptions } = useTexts();
  const field = fieldsOf(settingFields.bot);
  return (
    <Shown
      page="bot"
      section="bot"
      groups={[
        {
          title: groups.answering,
          fields: [
            field("mode", { kind: "choice", options: options(settingOptions.mode) }),
            field("system_prompt", { kind: "lines", rows: 6, most: 20_000 }),
            field("history", { kind: "number", least: 1, most: 50, unit: groups.messages }),
            field("debounce_ms", { kind: "number", least: 0, most: 10, scale: 1000, decimals: 1, unit: "s" }),
            field("faq_threshold", {
              kind: "number",
              least: 1,
              most: 100,
              scale: 0.01,
              unit: "%",
              automatic: groups.automatic,
            }),
          ],
        },
        {
          title: groups.handOff,
          fields: [
            field("handoff_words", { kind: "words", placeholder: groups.addWord }),
            field("handoff_reply", { kind: "lines" }),
          ],
        },
        {
          title: groups.says,
          fields: [
            field("no_answer", { kind: "lines" }),
            field("apology", { kind: "lines" }),
            field("link_hosts", { kind: "words", placeholder: "shop.example.com" }),
          ],
        },
      ]}
    />
  );
}

/** Models, their tools and what they may cost. */
export function ModelsPage() {
  const { settingFields, settingGroups: groups, settingOptions } = useTexts();
  const { workspace } = useMember();
  const known = useQuery(modelsQuery(workspace));
  const choices = (known.data?.items ?? []).map((one) => ({
    value: one.name,
    label: `${one.name}  ·  $${one.input} / $${one.output}`,
  }));
  const field = fieldsOf(settingFields.models);
  return (
    <Shown
      page="models"
      section="bot"
      groups={[
        {
          title: groups.models,
          text: groups.modelsText,
          fields: [
            field("fast_model", { kind: "select", options: choices }),
            field("smart_model", { kind: "select", options: choices }),
            field("fallback_models", { kind: "select", options: choices, several: 3 }),
          ],
        },
        {
          title: groups.budget,
          fields: [
            field("daily_budget_usd", { kind: "number", least: 0, decimals: 2, unit: "USD", asText: true }),
            field("customer_budget_share", {
              kind: "number",
              least: 1,
              most: 100,
              scale: 0.01,
              unit: "%",
              asText: true,
            }),
          ],
        },
        {
          title: groups.tools,
          fields: [field("tools", { kind: "checks", options: options(settingOptions.tools) })],
        },
      ]}
    />
  );
}

/** Rules of conversations and the texts in special cases. */
export function ConversingPage() {
  const { settingFields, settingGroups: groups } = useTexts();
  const field = fieldsOf(settingFields.conversing);
  const words = { kind: "words", placeholder: groups.addWord } as const;
  return (
    <Shown
      page="conversing"
      section="conversing"
      groups={[
        {
          title: groups.times,
          fields: [
            field("session_minutes", { kind: "number", least: 1, most: 10_080, unit: groups.minutes }),
            field("return_minutes", { kind: "number", least: 0, most: 43_200, unit: groups.minutes }),
            field("messages_per_minute", { kind: "number", least: 0, most: 1000, unit: groups.messages }),
          ],
        },
        {
          title: groups.says,
          fields: [
            field("away", { kind: "lines" }),
            field("limited", { kind: "lines" }),
            field("unsupported", { kind: "lines" }),
          ],
        },
        {
          title: groups.optOut,
          text: groups.optOutText,
          fields: [
            field("stop_words", words),
            field("stopped", { kind: "lines" }),
            field("start_words", words),
            field("started", { kind: "lines" }),
          ],
        },
      ]}
    />
  );
}

/** The languages of the customers. */
export function LanguagesPage() {
  const { settingFields, settingGroups: groups } = useTexts();
  const field = fieldsOf(settingFields.languages);
  return (
    <Shown
      page="languages"
      section="profile"
      groups={[{ fields: [field("languages", { kind: "words", placeholder: groups.addLanguage })] }]}
    />
  );
}

/** Names that browsers know, but list under an older one. */
const NEWER_NAMES = [
  "Africa/Asmara",
  "America/Argentina/Buenos_Aires",
  "America/Nuuk",
  "Asia/Ho_Chi_Minh",
  "Asia/Kathmandu",
  "Asia/Kolkata",
  "Asia/Yangon",
  "Atlantic/Faroe",
  "Europe/Kyiv",
];
const ZONES = [...Intl.supportedValuesOf("timeZone"), ...NEWER_NAMES].sort();

/** The business: its name, place, money and templates. */
export function ProfilePage() {
  const { settingFields, settingGroups: groups, settingOptions } = useTexts();
  const field = fieldsOf(settingFields.profile);
  const zones = [...new Set(["UTC", ...ZONES])].map((zone) => ({ value: zone, label: zone }));
  return (
    <Shown
      page="profile"
      section="profile"
      groups={[
        {
          title: groups.business,
          fields: [
            field("name", { kind: "text" }),
            field("timezone", { kind: "select", options: zones }),
            field("region", { kind: "text", placeholder: "NG" }),
            field("currency", { kind: "text", placeholder: "NGN" }),
          ],
        },
        {
          title: groups.templates,
          text: groups.templatesText,
          fields: [
            field("window_template", {
              kind: "custom",
              render: (props) => (
                <TemplateField {...props} {...settingFields.profile.window_template} parameters />
              ),
            }),
            field("order_template", {
              kind: "custom",
              render: (props) => <TemplateField {...props} {...settingFields.profile.order_template} />,
            }),
          ],
        },
        {
          title: groups.rules,
          fields: [
            field("qualified_when", {
              kind: "text",
              code: true,
              placeholder: 'customer.order_count > 0 or "vip" in customer.tags',
            }),
            field("in_doubt", { kind: "choice", options: options(settingOptions.inDoubt) }),
          ],
        },
      ]}
    />
  );
}

/** The limits of the workspace in a month. */
export function LimitsPage() {
  const { settingFields, settingGroups: groups } = useTexts();
  const field = fieldsOf(settingFields.limits);
  return (
    <Shown
      page="limits"
      section="limits"
      groups={[
        { fields: [{ ...field("tier", { kind: "text" }), operators: true }] },
        {
          title: groups.ownLimits,
          text: groups.ownLimitsText,
          fields: [
            field("limits.messages_per_month", {
              kind: "number",
              least: 0,
              unit: groups.messages,
              automatic: groups.asTier,
            }),
            field("limits.ai_usd_per_month", {
              kind: "number",
              least: 0,
              decimals: 2,
              unit: "USD",
              asText: true,
              automatic: groups.asTier,
            }),
            field("limits.customers", { kind: "number", least: 0, automatic: groups.asTier }),
          ],
        },
      ]}
    />
  );
}
