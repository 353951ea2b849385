import { type FieldProblem, ProblemError } from "../api/problem";
import { CATALOGUES, shown, type Texts } from "../texts";

/** Returns the messages of a refused form by field: `#/password` is `password`. Empty if none is about a field. */
export function fieldErrors(
  error: unknown,
  texts: Texts = CATALOGUES[shown.language],
): Record<string, string> {
  if (!(error instanceof ProblemError)) return {};
  return Object.fromEntries(
    error.fields.map((one) => [
      one.pointer.replace(/^#\/?/, "").replaceAll("/", "."),
      sentence(messageOf(one, texts)),
    ]),
  );
}

/** Returns the words for a field's `code`; the API's without one, or while the texts are not loaded. */
export function messageOf({ code = "", message }: FieldProblem, texts: Texts): string {
  const known = "problems" in texts ? (texts.problems.fields as Record<string, Words>)[code] : undefined;
  return typeof known === "function" ? known(/\d+/.exec(message)?.[0] ?? "") : (known ?? message);
}

type Words = string | ((n: string) => string);

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
