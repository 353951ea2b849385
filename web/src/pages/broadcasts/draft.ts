import type { Schemas } from "../../api/client";
import { fromCsv } from "../../ui/csv";
import { type Template, variablesOf } from "../templates/definition";

export const MOST_LISTED = 5_000;

export type Person = { phone: string; name: string; fields: Record<string, string> };

/** What somebody has composed so far. It is kept in this browser until it is sent. */
export type Draft = {
  name: string;
  channel: string;
  kind: "template" | "text" | "flow";
  template: string; // name and language
  parameters: string[];
  header: string;
  media: string;
  buttons: Record<number, string>;
  text: string;
  flow: string;
  audience: "segment" | "list";
  segment: string;
  people: Person[];
  rate: number;
  price: string;
  currency: string;
};

export const EMPTY: Draft = {
  name: "",
  channel: "",
  kind: "template",
  template: "",
  parameters: [],
  header: "",
  media: "",
  buttons: {},
  text: "",
  flow: "",
  audience: "segment",
  segment: "",
  people: [],
  rate: 10,
  price: "",
  currency: "USD",
};

export const keyOf = (template: Template) => `${template.name} ${template.language}`;

/** Returns the draft as the API takes it; null: something is missing. */
export function bodyOf(draft: Draft, template: Template | undefined): Schemas["BroadcastDraft"] | null {
  const content = contentOf(draft, template);
  const missing = draft.audience === "segment" ? !draft.segment : draft.people.length === 0;
  if (!draft.name.trim() || !content || missing) return null;
  return {
    name: draft.name.trim(),
    content,
    channel: draft.channel,
    segment: draft.audience === "segment" ? draft.segment : "",
    recipients: draft.audience === "list" ? draft.people : [],
    rate: draft.rate,
    max_failures: 0.25,
    price: draft.price.trim(),
    currency: draft.currency,
  };
}

function contentOf(
  draft: Draft,
  template: Template | undefined,
): Schemas["BroadcastDraft"]["content"] | null {
  if (draft.kind === "text") return draft.text.trim() ? { type: "text", text: draft.text } : null;
  if (draft.kind === "flow") return draft.flow ? { type: "flow", flow: draft.flow } : null;
  if (!template) return null;
  const names = variablesOf(template.body);
  const parameters = names.map((_, place) => draft.parameters[place]?.trim() ?? "");
  if (parameters.some((one) => !one)) return null;
  if (variablesOf(template.header_text).length > 0 && !draft.header.trim()) return null;
  const file = template.header;
  const media = file === "image" || file === "video" || file === "document";
  if (media && !draft.media.trim()) return null;
  const variable = template.buttons.flatMap((button, index) =>
    button.variable ? [{ index, kind: button.kind }] : [],
  );
  if (variable.some(({ index }) => !draft.buttons[index]?.trim())) return null;
  return {
    type: "template",
    name: template.name,
    language: template.language,
    parameters,
    header: draft.header.trim(),
    header_media: media ? { kind: file, url: draft.media.trim(), media_id: "", filename: "" } : null,
    buttons: variable.map(({ index, kind }) => ({
      index,
      kind: kind as "url",
      value: draft.buttons[index]?.trim() ?? "",
    })),
  };
}

/** Returns the people of a CSV file: a column `phone`, perhaps `name`; all others become fields. */
export function peopleOf(text: string): { people: Person[]; fault: "" | "noPhone" | "tooMany" | "nobody" } {
  const [head = [], ...rows] = fromCsv(text);
  const titles = head.map((title) => title.trim().toLowerCase());
  const phone = titles.findIndex((title) => ["phone", "mobile", "number", "telephone"].includes(title));
  const name = titles.indexOf("name");
  if (phone < 0) return { people: [], fault: "noPhone" };
  const people = rows
    .filter((cells) => cells[phone]?.trim())
    .map((cells) => ({
      phone: (cells[phone] ?? "").trim(),
      name: name < 0 ? "" : (cells[name] ?? "").trim(),
      fields: Object.fromEntries(
        titles.flatMap((title, at) =>
          at === phone || at === name || !title || !cells[at]?.trim() ? [] : [[title, cells[at].trim()]],
        ),
      ),
    }));
  if (people.length > MOST_LISTED) return { people: [], fault: "tooMany" };
  return { people, fault: people.length ? "" : "nobody" };
}
