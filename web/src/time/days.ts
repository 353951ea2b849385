/** Days of a time zone, as moments. */

/** Returns the calendar day of a moment in a zone: `2026-03-14`. */
export function dayOf(at: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return parts.format(at);
}

/** Returns the moment at which a calendar day begins in a zone, also on a day with a change of the clock. */
export function startOfDay(day: string, zone: string): Date {
  const utc = new Date(`${day}T00:00:00Z`).getTime();
  // The offset at a guess is right unless a change lies between the two; the second look settles that.
  let found = utc - offsetAt(new Date(utc), zone);
  found = utc - offsetAt(new Date(found), zone);
  // A day on which the clock skips midnight begins with the jump.
  if (dayOf(new Date(found), zone) < day) found += 3_600_000;
  return new Date(found);
}

/** Returns a day that is so many days later. */
export function addDays(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** Returns by how many milliseconds a zone's clock is ahead of UTC. */
function offsetAt(at: Date, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(at);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const local = Date.UTC(
    value("year"),
    value("month") - 1,
    value("day"),
    value("hour"),
    value("minute"),
    value("second"),
  );
  return local - Math.floor(at.getTime() / 1000) * 1000;
}
