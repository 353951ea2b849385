/** A part of a text: as it is, or the name of a value that is filled in. at: its place in the text. */
export type WordPart = { at: number; text: string; value: boolean };

const VALUE = /\{\{(.*?)(?:\}\}|$)/gs;
const DEFAULT = /^default\( *([\w.]+(?:\[\d+\])?[\w.]*) *,.*\)?$/s;

/** Returns the parts of a text, with the name of each value instead of its expression. */
export function partsOf(text: string): WordPart[] {
  const found: WordPart[] = [];
  let done = 0;
  for (const match of text.matchAll(VALUE)) {
    if (match.index > done) found.push({ at: done, text: text.slice(done, match.index), value: false });
    found.push({ at: match.index, text: nameOf(match[1] ?? ""), value: true });
    done = match.index + match[0].length;
  }
  if (done < text.length) found.push({ at: done, text: text.slice(done), value: false });
  return found;
}

const nameOf = (expression: string) => DEFAULT.exec(expression.trim())?.[1] ?? (expression.trim() || "…");
