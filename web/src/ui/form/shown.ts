import type { Texts } from "../../texts";
import type { Field, Option } from "./fields";

type Words = Pick<Texts["forms"], "none" | "yes" | "no">;

/**
 * Returns a value of a setting as its form shows it: with its unit, by the names of its options, and with the words for
 * no value. path: of a field, or of a place within one such as `hours.mon`, also as the workspace file has it.
 * whole: returns the value of a whole field at that time.
 */
export function shownValue(
  path: string,
  value: unknown,
  fields: readonly Field[],
  words: Words,
  whole: (path: string) => unknown = () => undefined,
): string {
  const inner = path.includes(".") ? path.slice(path.indexOf(".") + 1) : path;
  for (const place of [path, inner]) {
    const field = fields.find((one) => place === one.path || place.startsWith(`${one.path}.`));
    if (field) return ofField(field, place.slice(field.path.length + 1), value, words, whole);
  }
  return plain(value, words);
}

function ofField(
  field: Field,
  within: string,
  value: unknown,
  words: Words,
  whole: (path: string) => unknown,
): string {
  const empty = value === null || value === undefined || value === "";
  if (field.kind === "custom")
    return field.shown?.(value, within, within ? whole(field.path) : value) ?? plain(value, words);
  if (within) return plain(value, words);
  if (field.kind === "number") {
    if (empty) return field.automatic ?? words.none;
    const amount = Number((Number(value) / (field.scale ?? 1)).toFixed(6));
    return field.unit ? `${amount} ${field.unit}` : String(amount);
  }
  if (field.kind === "select" && empty) return field.none ?? words.none;
  if (field.kind === "select" || field.kind === "choice" || field.kind === "checks") {
    return plain(Array.isArray(value) ? value.map(named(field.options)) : named(field.options)(value), words);
  }
  return plain(value, words);
}

const named = (options: readonly Option[]) => (value: unknown) =>
  options.find((one) => one.value === value)?.label ?? value;

function plain(value: unknown, { none, yes, no }: Words): string {
  if (value === null || value === undefined || value === "") return none;
  if (typeof value === "boolean") return value ? yes : no;
  if (Array.isArray(value)) return value.length ? value.map(asText).join("\n") : none;
  return asText(value);
}

function asText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .filter(([, one]) => !(Array.isArray(one) && one.length === 0))
    .map(([name, one]) => `${name}: ${Array.isArray(one) ? one.join(", ") : asText(one)}`)
    .join("\n");
}
