/** A template's definition with its state at the provider (`GET templates`). */
export type Template = {
  name: string;
  language: string;
  body: string;
  header: "none" | "text" | "image" | "video" | "document" | "location";
  header_text: string;
  /** text: as customers read it; empty or missing: not known, as in templates of before the last synchronisation. */
  buttons: { kind: string; variable?: boolean; text?: string }[];
  footer: boolean;
  footer_text?: string;
  parts: string[];
  category: string;
  status: string;
  /** The provider's rating: `GREEN`, `YELLOW`, `RED`, `UNKNOWN`; empty or missing: it gives none. */
  quality?: string;
  /** Why it has its status, in the provider's word. */
  reason?: string;
  from: string;
};

const VARIABLE = /\{\{\s*(\w+)\s*\}\}/g;

/** Returns the names of a text's variables, in the order in which values are given: numbers by their value. */
export function variablesOf(text: string): string[] {
  const found = [...new Set([...text.matchAll(VARIABLE)].map((match) => match[1] as string))];
  return found.every((name) => /^\d+$/.test(name)) ? found.sort((a, b) => Number(a) - Number(b)) : found;
}

/** Returns the text with its values; a variable without one stays. */
export function filled(text: string, values: readonly string[]): string {
  const names = variablesOf(text);
  return text.replace(VARIABLE, (whole, name: string) => values[names.indexOf(name)] || whole);
}

/** sendable: `yes`; or why it cannot be sent now. Templates of the workspace file have no state and are sent. */
export type Sendable = "yes" | "pending" | "rejected" | "paused" | "disabled" | "parts" | "other";

const REFUSED: Record<string, Sendable> = {
  PENDING: "pending",
  IN_APPEAL: "pending",
  PENDING_DELETION: "disabled",
  DELETED: "disabled",
  DISABLED: "disabled",
  REJECTED: "rejected",
  PAUSED: "paused",
  LIMIT_EXCEEDED: "other",
};

export function sendable(template: Template): Sendable {
  if (template.parts?.length) return "parts";
  if (!template.status || template.status === "-" || template.status === "APPROVED") return "yes";
  return REFUSED[template.status] ?? "other";
}

/** The provider's rating of a template by what customers do with it; `new`: it has none yet; null: nobody rates it. */
export type Quality = "high" | "medium" | "low" | "new";

const QUALITIES: Record<string, Quality> = { GREEN: "high", YELLOW: "medium", RED: "low", UNKNOWN: "new" };

export const qualityOf = (template: Pick<Template, "quality">): Quality | null =>
  QUALITIES[template.quality ?? ""] ?? null;

/** Says whether customers dislike a template so much that the provider may stop it. */
export const isDisliked = (template: Pick<Template, "quality">): boolean =>
  ["medium", "low"].includes(qualityOf(template) ?? "");
