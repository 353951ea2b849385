import type { Schemas } from "../../../api/client";

export type Canned = Schemas["CannedAnswer"];

/** Returns the saved replies whose shortcut begins with what follows `/`; null: no shortcut is being typed. */
export function matching(text: string, replies: readonly Canned[]): Canned[] | null {
  if (!/^\/\S*$/.test(text)) return null;
  const typed = text.slice(1).toLowerCase();
  return replies.filter((one) => one.shortcut.toLowerCase().startsWith(typed)).slice(0, 8);
}

/** Returns the words of a saved reply, without its variables filled. */
export function wordsOf(reply: Canned): string {
  const { body } = reply as { body: Record<string, unknown> };
  const options = (body.buttons ?? body.rows) as { title: string }[] | undefined;
  const text = String(body.body ?? body.caption ?? body.name ?? "");
  if (!options?.length) return text;
  return `${text}\n\n${options.map((one, index) => `${index + 1}. ${one.title}`).join("\n")}`;
}

const VARIABLE = /\{\{\s*([\w.]+)\s*\}\}/g;

/** Returns a text with `{{ customer.name }}` and the like filled in; what is not known stays visible. */
export function fillVariables(text: string, values: Record<string, unknown>): string {
  return text.replace(VARIABLE, (whole, path: string) => {
    const found = path
      .split(".")
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], values);
    return typeof found === "string" || typeof found === "number" ? String(found) || whole : whole;
  });
}
