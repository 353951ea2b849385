import { isValues, type Values } from "./draft/types";

/** The kinds of steps, as the API names them, with the keys that make a step one of them; in the order of menus. */
export const KINDS = {
  say: ["text"],
  choose: ["choose"],
  ask: ["ask"],
  media: ["image", "video", "audio", "document", "sticker"],
  template: ["template"],
  branch: ["branch"],
  set: ["set"],
  call: ["call"],
  ai: ["ai"],
  wait: ["wait"],
  jump: ["jump"],
  sub_flow: ["sub_flow"],
  customer: ["add_tags", "remove_tags", "fields", "qualified", "opted_out", "name"],
  hand_off: ["hand_off"],
  end: ["end"],
} as const;

export type Kind = keyof typeof KINDS;

export const isKind = (kind: string): kind is Kind => Object.hasOwn(KINDS, kind);

/** Returns the kind of a step's values; `unknown`: it has no main key. */
export function kindOf(step: unknown): Kind | "unknown" {
  if (typeof step === "string") return "say";
  if (!isValues(step)) return "unknown";
  const found = Object.entries(KINDS).find(([, keys]) => keys.some((key) => key in step));
  return (found?.[0] as Kind | undefined) ?? "unknown";
}

/** Returns the first words of a step, as the canvas shows them. */
export function wordsOf(step: Values): string {
  const text = ["text", "choose", "ask", "hand_off", "end", "ai"].map((key) => step[key]).find(Boolean);
  const first = Array.isArray(text) ? text[0] : text;
  return typeof first === "string" ? first.replace(/\s+/g, " ").trim().slice(0, 120) : "";
}
