import type { Texts } from "../../../../texts";
import { type Edge, isValues, type Values } from "../draft/types";
import { stepValues, valueAt } from "../draft/values";

type Words = Texts["builder"];

/** Returns what a step does in a few words, in the person's language; its own texts as they are. */
export function describe(values: Values, t: Words): string {
  const said = ["text", "choose", "ask", "ai", "hand_off", "end"].map((key) => values[key]).find(Boolean);
  if (said !== undefined) return oneLine(Array.isArray(said) ? said[0] : said === true ? t.endSilent : said);
  if ("end" in values) return t.endSilent;
  const media = (["image", "video", "audio", "document", "sticker"] as const).find((key) => key in values);
  if (media) return oneLine(values.caption || t.media[media]);
  if ("template" in values) return oneLine(values.template);
  if ("set" in values) return isValues(values.set) ? Object.keys(values.set).join(", ") : "";
  if ("call" in values) return oneLine(values.call);
  if ("wait" in values) return values.wait === "answer" ? t.waitAnswer : t.waitFor(duration(values.wait, t));
  if ("sub_flow" in values) return oneLine(values.sub_flow);
  return customerWords(values, t);
}

function customerWords(values: Values, t: Words): string {
  const list = (key: string, sign: string) =>
    Array.isArray(values[key]) ? (values[key] as unknown[]).map((tag) => `${sign}${tag}`) : [];
  const fields = isValues(values.fields) ? Object.keys(values.fields) : [];
  const flags = (["name", "qualified", "opted_out"] as const).filter((key) => key in values);
  return [
    ...list("add_tags", "+"),
    ...list("remove_tags", "−"),
    ...fields,
    ...flags.map((key) => t.customerKeys[key]),
  ].join(", ");
}

/** Returns what leads along an edge: an option's title, a condition, a time that has passed. */
export function edgeLabel(edge: Edge, model: Values, t: Words): string {
  if (edge.source === "") return t.portWhole(duration(valueAt(model, ["timeout", "after"]), t));
  const values = stepValues(model, edge.source);
  const key = edge.path[2];
  if (key === "options" || key === "outcomes") return String(edge.path[3] ?? edge.label);
  if (key === "branch") return edge.label || t.portCase(Number(edge.path[3] ?? 0) + 1);
  if (key === "else") return "branch" in values ? t.portOtherwise : t.portInvalid;
  if (key === "timeout") return t.portAfter(duration(valueAt(values, ["timeout", "after"]), t));
  if (key === "then") return t.portAfter(duration(values.wait, t));
  if (key === "next" && "ai" in values && edge.label) return edge.label;
  if (key === "next" && "wait" in values) return t.portAnswer;
  if (key === "next" && "call" in values && values.outcomes) return t.portOther;
  return "";
}

const UNITS = { s: "second", m: "minute", h: "hour", d: "day" } as const;

/** Returns a duration of the file (`2h`) in words; as it is written if it is none. */
export function duration(value: unknown, t: Words): string {
  const found = /^(\d+) ?([smhd])$/.exec(String(value ?? ""));
  if (!found) return String(value ?? "");
  return t.units[UNITS[found[2] as keyof typeof UNITS]](Number(found[1]));
}

const oneLine = (value: unknown) => String(value).replace(/\s+/g, " ").trim().slice(0, 140);
