const DAY = 86_400_000;

/** Returns when the day of a moment began in a time zone; right also on days when the clocks change. */
export function startOfDay(zone: string, at: Date): Date {
  const wanted = dateIn(zone, at);
  let low = at.getTime() - DAY - 7_200_000;
  let high = at.getTime();
  // The first minute that has the date: offsets of zones are whole minutes.
  while (high - low > 60_000) {
    const middle = low + Math.floor((high - low) / 120_000) * 60_000;
    if (dateIn(zone, new Date(middle)) === wanted) high = middle;
    else low = middle;
  }
  return new Date(Math.floor(high / 60_000) * 60_000);
}

function dateIn(zone: string, at: Date): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(at);
}
