/** at: the instant. offset: `GMT+2`. shifted: the clocks skip that time, so it is later. twice: it comes twice. */
export type Zoned = { at: Date; offset: string; shifted: boolean; twice: boolean };

/** Returns the instant of a local time (`2026-03-29T02:30`) in a zone, also on the days when its clocks change. */
export function inZone(local: string, zone: string): Zoned {
  const wanted = Date.parse(`${local.slice(0, 16)}:00Z`);
  const fits = [-DAY, DAY]
    .map((shift) => wanted - offsetAt(wanted + shift, zone))
    .filter((instant, place, all) => all.indexOf(instant) === place)
    .filter((instant) => instant + offsetAt(instant, zone) === wanted)
    .sort((one, other) => one - other);
  const at = fits[0] ?? wanted - offsetAt(wanted - DAY, zone);
  return {
    at: new Date(at),
    offset: offsetName(at, zone),
    shifted: fits.length === 0,
    twice: fits.length > 1,
  };
}

const DAY = 86_400_000;

/** Returns by how many milliseconds a zone's clocks are ahead of UTC. */
function offsetAt(instant: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(instant);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const shown = Date.UTC(
    value("year"),
    value("month") - 1,
    value("day"),
    value("hour"),
    value("minute"),
    value("second"),
  );
  return shown - Math.floor(instant / 1000) * 1000;
}

function offsetName(instant: number, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    timeZoneName: "shortOffset",
  }).formatToParts(instant);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
}
