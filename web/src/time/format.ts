/** Formats of one language and time zone, by `Intl`. Times are shown in the workspace's zone, not the browser's. */
export type Format = ReturnType<typeof makeFormat>;

export function makeFormat(language: string, zone: string) {
  const dateTime = new Intl.DateTimeFormat(language, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: zone,
  });
  const date = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: zone });
  const time = new Intl.DateTimeFormat(language, { timeStyle: "short", timeZone: zone });
  const number = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  return {
    language,
    zone,
    dateTime: (at: string | Date) => dateTime.format(new Date(at)),
    date: (at: string | Date) => date.format(new Date(at)),
    time: (at: string | Date) => time.format(new Date(at)),
    number: (value: number) => number.format(value),
    percent: (share: number) => percent.format(share),
    money: (amount: string | number, currency: string) => money(language, amount, currency),
    relative: (at: string | Date, now = Date.now()) => ago(relative, new Date(at).getTime() - now),
    duration: (seconds: number) => duration(language, seconds),
  };
}

function money(language: string, amount: string | number, currency: string): string {
  try {
    return new Intl.NumberFormat(language, { style: "currency", currency }).format(Number(amount));
  } catch {
    return `${amount} ${currency}`.trim();
  }
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

function ago(format: Intl.RelativeTimeFormat, difference: number): string {
  for (const [unit, length] of STEPS) {
    if (Math.abs(difference) >= length) return format.format(Math.trunc(difference / length), unit);
  }
  return format.format(Math.trunc(difference / 1000), "second");
}

function duration(language: string, seconds: number): string {
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "long" }).format(value);
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 90 && whole !== 60) return unit(whole, "second");
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return unit(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${unit(hours, "hour")} ${minutes % 60 ? unit(minutes % 60, "minute") : ""}`.trim();
  return `${unit(Math.floor(hours / 24), "day")} ${hours % 24 ? unit(hours % 24, "hour") : ""}`.trim();
}
