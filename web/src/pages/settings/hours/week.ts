export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];
export type Week = Partial<Record<Day, string[]>>;

const SPAN = /^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** Returns begin and end of a span such as `09:00-17:30`. */
export function endsOf(span: string): [string, string] {
  const [begin = "", end = ""] = span.split("-");
  return [begin, end];
}

/** Returns a span; midnight as its end is 24:00. */
export function spanOf(begin: string, end: string): string {
  return `${begin}-${end === "00:00" ? "24:00" : end}`;
}

export type SpanProblem = "incomplete" | "backwards" | "overlap";

/** Returns what is wrong with the spans of a day; null: nothing. */
export function problemOf(spans: readonly string[]): SpanProblem | null {
  if (spans.some((span) => !SPAN.test(span))) return "incomplete";
  if (spans.some((span) => endsOf(span)[0] >= endsOf(span)[1])) return "backwards";
  const ordered = [...spans].sort();
  const overlaps = ordered.some(
    (span, index) => index > 0 && endsOf(span)[0] < endsOf(ordered[index - 1] ?? "")[1],
  );
  return overlaps ? "overlap" : null;
}

/** Returns the name of a day of the week in a language. */
export function dayName(day: Day, language: string): string {
  const date = new Date(Date.UTC(2026, 5, 1 + DAYS.indexOf(day))); // the first of June 2026 is a Monday
  return new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" }).format(date);
}

type Words = { always: string; closed: string };

/** Returns the spans of a day in words. */
export function daySpans(spans: unknown, { closed }: Words): string {
  return Array.isArray(spans) && spans.length > 0 ? spans.join(", ") : closed;
}

/** Returns the hours of a week in words, a line for each day; null: always open. */
export function weekSpans(week: Week | null | undefined, words: Words, language: string): string {
  if (!week) return words.always;
  return DAYS.map((day) => `${dayName(day, language)}: ${daySpans(week[day], words)}`).join("\n");
}
