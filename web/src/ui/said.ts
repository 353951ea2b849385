/** Sentences by their code, made of values; the server has the same ones in English. */
export type Sayings = Readonly<Record<string, (values: Values) => string>>;
export type Values = Readonly<Record<string, string>>;

/** Returns a sentence of the server in the person's language; in English if a newer server has a code unknown here. */
export function said(sayings: Sayings, code: string, values: Values, english: string): string {
  return Object.hasOwn(sayings, code) ? (sayings[code]?.(values) ?? english) : english;
}
