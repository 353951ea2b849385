const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Returns a short time for lists: the clock today, the weekday within six days, else the date; all in a zone. */
export function shortTime(at: string, now: number, zone: string, language: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language, { ...options, timeZone: zone }).format(date);
  if (dayOf(date, zone) === dayOf(new Date(now), zone)) return format({ hour: "numeric", minute: "2-digit" });
  if (now - date.getTime() < 6 * DAY) return format({ weekday: "short" });
  if (now - date.getTime() < 300 * DAY) return format({ day: "numeric", month: "short" });
  return format({ day: "numeric", month: "short", year: "numeric" });
}

/** Returns the day of a moment in a zone: `2026-03-14`. */
export function dayOf(date: Date, zone: string): string {
  return new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone: zone }).format(date);
}

/** Returns a length of time in its largest unit: `< 1 min`, `12 min`, `3 hr`, `2 days`. */
export function shortDuration(milliseconds: number, language: string): string {
  if (milliseconds < MINUTE) return `< ${shortDuration(MINUTE, language)}`;
  const [value, unit] =
    milliseconds < HOUR
      ? [milliseconds / MINUTE, "minute"]
      : milliseconds < 2 * DAY
        ? [milliseconds / HOUR, "hour"]
        : [milliseconds / DAY, "day"];
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: unit as string,
    unitDisplay: "short",
    maximumFractionDigits: 0,
    roundingMode: "floor",
  } as Intl.NumberFormatOptions).format(value as number);
}
