import type { Schemas } from "../../../api/client";
import type { Texts } from "../../../texts";
import { type HeaderFile, headerMedia, isGiven, NO_HEADER_FILE } from "../../templates/headerFile";

type Button = { kind: string; variable?: boolean; text?: string };

/** A template as the console lists it: a definition with its state at the provider. */
export type Template = {
  name: string;
  language: string;
  body: string;
  header: string;
  header_text: string;
  buttons: Button[];
  footer: boolean;
  footer_text: string;
  parameter_format: string;
  parts: string[];
  category: string;
  content_sid: string;
  status: string;
};

/** The values that a person has filled in. buttons: by the button's number. */
export type Filled = {
  parameters: string[];
  header: string;
  headerFile: HeaderFile;
  buttons: Record<number, string>;
};

export const NOTHING_FILLED: Filled = { parameters: [], header: "", headerFile: NO_HEADER_FILE, buttons: {} };

/** Returns a template of the list with all its fields. */
export function templateOf(item: Record<string, unknown>): Template {
  const text = (name: string) => (typeof item[name] === "string" ? (item[name] as string) : "");
  const list = <T>(name: string) => (Array.isArray(item[name]) ? (item[name] as T[]) : []);
  return {
    name: text("name"),
    language: text("language") || "en",
    body: text("body"),
    header: text("header") || "none",
    header_text: text("header_text"),
    buttons: list<Button>("buttons"),
    footer: item.footer === true,
    footer_text: text("footer_text"),
    parameter_format: text("parameter_format"),
    parts: list<string>("parts"),
    category: text("category"),
    content_sid: text("content_sid"),
    status: text("status"),
  };
}

const VARIABLE = /\{\{\s*(\w+)\s*\}\}/g;

/** Returns the variables of a text: numbers by their value, names as they first appear. */
export function variablesOf(text: string): string[] {
  const found = [...new Set([...text.matchAll(VARIABLE)].map((one) => one[1] as string))];
  return found.every((one) => /^\d+$/.test(one)) ? found.sort((a, b) => Number(a) - Number(b)) : found;
}

/** Returns a text with its variables filled in; those without a value stay visible. */
export function fillIn(text: string, values: readonly string[]): string {
  const known = new Map(variablesOf(text).map((name, index) => [name, values[index] ?? ""]));
  return text.replace(VARIABLE, (whole, name: string) => known.get(name) || whole);
}

const UNUSABLE = [
  ...["REJECTED", "PAUSED", "DISABLED", "PENDING_DELETION", "DELETED"],
  ...["IN_APPEAL", "ARCHIVED", "LOCKED", "LIMIT_EXCEEDED"],
];
const FILES = ["image", "video", "document"];
const VALUES: Record<string, "quick_reply" | "url" | "copy_code" | "flow"> = {
  quick_reply: "quick_reply",
  url: "url",
  copy_code: "copy_code",
  otp: "url",
  flow: "flow",
};
const STATIC = ["phone_number", "catalog", "voice_call", "other"];

const isNamed = (one: Template) =>
  one.parameter_format
    ? one.parameter_format === "named"
    : ![...variablesOf(one.body), ...variablesOf(one.header_text)].every((name) => /^\d+$/.test(name));

type Situation = { provider: string; optedOut: boolean };

/** Returns why a template cannot be sent at all, in words; empty: it can. */
export function whyNot(one: Template, { provider, optedOut }: Situation, { composer: t }: Texts): string {
  if (UNUSABLE.includes(one.status)) return t.statusAt(one.status);
  if (one.category === "MARKETING" && optedOut) return t.optedOut;
  if (one.parts.length) return t.otherParts(one.parts.join(", "));
  if (one.header === "location") return t.locationHeader;
  const odd = one.buttons.find((button) => !(button.kind in VALUES) && !STATIC.includes(button.kind));
  if (odd) return t.otherButton(odd.kind);
  const more =
    FILES.includes(one.header) || variablesOf(one.header_text).length > 0 || buttonsToFill(one).length > 0;
  if (provider !== "meta" && more) return t.partsNotHere;
  if (provider === "msg91" && isNamed(one) && variablesOf(one.body).length > 0) return t.namedNotHere;
  const sid = one.content_sid || (/^HX[0-9a-fA-F]{32}$/.test(one.name) ? one.name : "");
  if (provider === "twilio" && !sid) return t.noContentSid;
  return "";
}

/** Returns the numbers of the buttons that need a value. */
export function buttonsToFill(one: Template): number[] {
  return one.buttons.flatMap((button, index) =>
    button.kind !== "otp" && (button.variable || button.kind === "copy_code") ? [index] : [],
  );
}

export const needsFile = (one: Template) => FILES.includes(one.header);

const SPACES = /[\n\r\t]| {5}/;
const LONGEST = 1024;
const LONGEST_LONE = 32_768;

/** Returns what is still missing or wrong in what was filled in; empty: it can be sent on the channel. */
export function missingOf(one: Template, filled: Filled, channel: string, { composer: t }: Texts): string {
  const wanted = variablesOf(one.body).length;
  const values = Array.from({ length: wanted }, (_, index) => filled.parameters[index] ?? "");
  const headerWanted = one.header === "text" && variablesOf(one.header_text).length > 0;
  const all = [
    ...values,
    ...(headerWanted ? [filled.header] : []),
    ...buttonsToFill(one).map((index) => filled.buttons[index] ?? ""),
  ];
  if (all.some((value) => !value.trim())) return t.fill;
  if (needsFile(one) && !isGiven(filled.headerFile, channel)) return t.noHeaderFile;
  if (all.some((value) => SPACES.test(value))) return t.oneLine;
  const alone = one.header === "none" && one.buttons.length === 0 && !one.footer;
  const most = alone ? LONGEST_LONE : LONGEST;
  return [...fillIn(one.body, values)].length > most ? t.tooLongTemplate(most) : "";
}

/** Returns the message that the console is asked to send. */
export function contentOf(one: Template, filled: Filled): Schemas["TemplateContent"] {
  const wanted = variablesOf(one.body).length;
  const headerWanted = one.header === "text" && variablesOf(one.header_text).length > 0;
  return {
    type: "template",
    name: one.name,
    language: one.language,
    parameters: filled.parameters.slice(0, wanted),
    header: headerWanted ? filled.header : "",
    header_media: needsFile(one) ? headerMedia(one.header, filled.headerFile) : null,
    buttons: buttonsToFill(one).map((index) => ({
      index,
      kind: VALUES[one.buttons[index]?.kind ?? ""] ?? "url",
      value: filled.buttons[index] ?? "",
    })),
  };
}

/** Returns the text that the customer reads, as delivery writes it into the history. */
export function previewOf(one: Template, filled: Filled): string {
  const file = needsFile(one) ? `(${one.header})` : "";
  const above = one.header === "text" ? fillIn(one.header_text, [filled.header]) : "";
  return [file, above, fillIn(one.body, filled.parameters)].filter(Boolean).join("\n");
}
