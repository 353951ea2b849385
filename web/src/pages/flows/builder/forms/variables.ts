import { isValues, type Values } from "../draft/types";
import { stepNames, stepValues } from "../draft/values";

const BUILT_IN = [
  "customer.name",
  "customer.phone",
  "customer.tags",
  "customer.qualified",
  "customer.order_count",
  "workspace.name",
  "workspace.currency",
  "answer",
  "choice",
  "today",
  "time",
  "weekday",
];

/** Returns what can stand in an expression of the flow: its own variables first. */
export function variablesOf(model: Values): string[] {
  const own = new Set<string>(isValues(model.variables) ? Object.keys(model.variables) : []);
  const fields = new Set<string>();
  for (const name of stepNames(model)) {
    const step = stepValues(model, name);
    if (typeof step.save === "string") own.add(step.save);
    for (const key of ["set", "sub_flow" in step ? "with" : ""]) {
      const values = step[key];
      if (isValues(values)) for (const one of Object.keys(values)) own.add(one);
    }
    if (isValues(step.fields))
      for (const one of Object.keys(step.fields)) fields.add(`customer.fields.${one}`);
  }
  return [...own, ...[...fields].filter((one) => /^[\w.]+$/.test(one)), ...BUILT_IN];
}

/** The word that is being written in an expression. from: its place in the text. */
export type Writing = { word: string; from: number };

/** Returns the word at the caret if it is in an expression; null: there is none. whole: all of the text is one. */
export function writingAt(text: string, caret: number, whole: boolean): Writing | null {
  const before = text.slice(0, caret);
  const begin = whole ? 0 : before.lastIndexOf("{{") + 2;
  if (!whole && (begin < 2 || before.indexOf("}}", begin) >= 0)) return null;
  const word = /[\w.]*$/.exec(before.slice(begin))?.[0] ?? "";
  const quotes = (before.slice(begin, before.length - word.length).match(/["']/g) ?? []).length;
  if (quotes % 2 === 1) return null;
  return whole && word === "" ? null : { word, from: caret - word.length };
}

/** Returns the text with a variable in place of the word, closed with `}}` if it is not, and where the caret is then. */
export function completed(
  text: string,
  writing: Writing,
  variable: string,
  whole: boolean,
): [string, number] {
  const after = text.slice(writing.from + writing.word.length);
  const closed = whole || /^[^{]*\}\}/.test(after);
  const gap = !whole && text.slice(0, writing.from).endsWith("{{") ? " " : "";
  const put = `${gap}${variable}${closed ? "" : " }}"}`;
  return [text.slice(0, writing.from) + put + after, writing.from + put.length];
}

/** Returns the variables that begin with a word, or contain it. */
export function matching(variables: readonly string[], word: string): string[] {
  const wanted = word.toLowerCase();
  const begin = variables.filter((one) => one.toLowerCase().startsWith(wanted) && one !== word);
  const within = variables.filter(
    (one) => !begin.includes(one) && one.toLowerCase().includes(wanted) && one !== word,
  );
  return [...begin, ...within].slice(0, 7);
}
