const MOST_DIGITS = 6; // behind the point

/** Returns dollars; small amounts with as many digits as two of them that say something need. */
export function usd(language: string, amount: string | number): string {
  const value = Number(amount);
  const needed = value === 0 ? 2 : 1 - Math.floor(Math.log10(Math.abs(value)));
  return new Intl.NumberFormat(language, {
    style: "currency",
    currency: "USD",
    minimumFractionDigits: 2,
    maximumFractionDigits: Math.min(MOST_DIGITS, Math.max(2, needed)),
  }).format(value);
}

/** Returns seconds with one digit, very few with two; `–` where there are none. */
export function seconds(language: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: "second",
    unitDisplay: "narrow",
    maximumFractionDigits: value < 0.1 ? 2 : 1,
  }).format(value);
}
