import { ProblemError } from "../api/problem";

/** Returns the messages of a refused form by field: `#/password` is `password`. Empty if none is about a field. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ProblemError)) return {};
  return Object.fromEntries(
    error.fields.map((one) => [one.pointer.replace(/^#\/?/, "").replaceAll("/", "."), sentence(one.message)]),
  );
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
