/** Returns the beginning of a day, such as `2026-03-29`, in a zone. */
export function startOfDay(day: string, zone: string): Date {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  const shown = (at: Date) => Date.parse(`${format.format(at).replace(" ", "T")}Z`);
  const wanted = Date.parse(`${day}T00:00:00Z`);
  const first = new Date(wanted - (shown(new Date(wanted)) - wanted));
  return new Date(first.getTime() + wanted - shown(first));
}
