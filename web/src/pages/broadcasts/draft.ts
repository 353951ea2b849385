import type { Schemas } from "../../api/client";
import { fromCsv } from "../../ui/csv";
import { decimalOf } from "../../ui/decimal";
import { type Template, variablesOf } from "../templates/definition";
import { type HeaderFile, headerMedia, isGiven, NO_HEADER_FILE } from "../templates/headerFile";

export const MOST_LISTED = 5_000;
export const MOST_BYTES = 5_000_000; // of a file: 5,000 people with 1,000 characters each

export type Person = { phone: string; name: string; fields: Record<string, string> };

/** A template with what is filled in. template: its name and language. */
export type Filling = {
  template: string;
  parameters: string[];
  header: string;
  file: HeaderFile;
  buttons: Record<number, string>;
};

/** The broadcast as somebody has composed it so far. It is kept in this browser until it is sent, without its people. second: to compare with. */
export type Draft = Filling & {
  name: string;
  channel: string;
  kind: "template" | "text" | "flow";
  compares: boolean;
  second: Filling;
  text: string;
  flow: string;
  audience: "segment" | "list";
  segment: string;
  people: Person[];
  rate: number;
  price: string;
  currency: string;
};

export const NOTHING: Filling = {
  template: "",
  parameters: [],
  header: "",
  file: NO_HEADER_FILE,
  buttons: {},
};

export const EMPTY: Draft = {
  ...NOTHING,
  name: "",
  channel: "",
  kind: "template",
  compares: false,
  second: NOTHING,
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

/**
 * Returns the draft as the API takes it; null: something is missing. channel: that it is sent on. second: the template to
 * compare with.
 */
export function bodyOf(
  draft: Draft,
  channel: string,
  template: Template | undefined,
  second?: Template,
): Schemas["BroadcastDraft"] | null {
  const content = contentOf(draft, channel, template);
  const compares = draft.kind === "template" && draft.compares;
  const other = compares && second ? templateContent(draft.second, channel, second) : null;
  const missing = draft.audience === "segment" ? !draft.segment : draft.people.length === 0;
  if (!draft.name.trim() || !content || missing || (compares && !other)) return null;
  return {
    name: draft.name.trim(),
    content,
    other,
    channel: draft.channel,
    segment: draft.audience === "segment" ? draft.segment : "",
    recipients: draft.audience === "list" ? draft.people : [],
    rate: draft.rate,
    max_failures: 0.25,
    price: decimalOf(draft.price),
    currency: draft.currency,
  };
}

function contentOf(
  draft: Draft,
  channel: string,
  template: Template | undefined,
): Schemas["BroadcastDraft"]["content"] | null {
  if (draft.kind === "text") return draft.text.trim() ? { type: "text", text: draft.text } : null;
  if (draft.kind === "flow") return draft.flow ? { type: "flow", flow: draft.flow } : null;
  return template ? templateContent(draft, channel, template) : null;
}

function templateContent(
  filling: Filling,
  channel: string,
  template: Template,
): Schemas["TemplateContent"] | null {
  const names = variablesOf(template.body);
  const parameters = names.map((_, place) => filling.parameters[place]?.trim() ?? "");
  if (parameters.some((one) => !one)) return null;
  if (variablesOf(template.header_text).length > 0 && !filling.header.trim()) return null;
  const file = template.header;
  const media = file === "image" || file === "video" || file === "document";
  const given = filling.file ?? NO_HEADER_FILE; // a draft of an older page has none
  if (media && !isGiven(given, channel)) return null;
  const variable = template.buttons.flatMap((button, index) =>
    button.variable ? [{ index, kind: button.kind }] : [],
  );
  if (variable.some(({ index }) => !filling.buttons[index]?.trim())) return null;
  return {
    type: "template",
    name: template.name,
    language: template.language,
    parameters,
    header: filling.header.trim(),
    header_media: media ? headerMedia(file, given) : null,
    buttons: variable.map(({ index, kind }) => ({
      index,
      kind: kind as "url",
      value: filling.buttons[index]?.trim() ?? "",
    })),
  };
}

export type ListFault = "" | "noPhone" | "tooMany" | "nobody" | "badNumber";
export type List = { people: Person[]; fault: ListFault; line: number; repeated: number };

const NUMBER = /^[+\d][\d\s().\-/]{4,39}$/;

/**
 * Returns the people of a CSV file: a column `phone`, perhaps `name`; all others become fields. line: of the fault.
 * repeated: rows whose number an earlier one has; each number is there once.
 */
export function peopleOf(text: string): List {
  const none = (fault: ListFault, line = 0): List => ({ people: [], fault, line, repeated: 0 });
  const [head = [], ...rows] = fromCsv(text);
  const titles = head.map((title) => title.trim().toLowerCase());
  const phone = titles.findIndex((title) => ["phone", "mobile", "number", "telephone"].includes(title));
  const name = titles.indexOf("name");
  if (phone < 0) return none("noPhone");
  const filled = rows.filter((cells) => cells[phone]?.trim());
  if (filled.length > MOST_LISTED) return none("tooMany");
  const wrong = filled.find((cells) => !NUMBER.test(plainNumber(cells[phone])));
  if (wrong) return none("badNumber", rows.indexOf(wrong) + 2);
  const seen = new Set<string>();
  const people = filled
    .filter((cells) => {
      const number = plainNumber(cells[phone]).replace(/\D/g, "");
      return !seen.has(number) && seen.add(number);
    })
    .map((cells) => ({
      phone: plainNumber(cells[phone]),
      name: name < 0 ? "" : (cells[name] ?? "").trim(),
      fields: Object.fromEntries(
        titles.flatMap((title, at) =>
          at === phone || at === name || !title || !cells[at]?.trim() ? [] : [[title, cells[at].trim()]],
        ),
      ),
    }));
  return { ...none(people.length ? "" : "nobody"), people, repeated: filled.length - people.length };
}

/** Spreadsheets write `'+234…` or `="+234…"` so that a number is no formula. */
const plainNumber = (cell = "") => cell.trim().replace(/^'|^="|"$/g, "");
