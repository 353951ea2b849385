/** Returns dollars; small amounts with as many digits as they need. */
export function usd(language: string, amount: string | number): string {
  const value = Number(amount);
  const small = value !== 0 && Math.abs(value) < 1;
  return new Intl.NumberFormat(language, {
    style: "currency",
    currency: "USD",
    minimumFractionDigits: 2,
    maximumFractionDigits: small ? 5 : 2,
    ...(small ? { maximumSignificantDigits: 2, minimumSignificantDigits: 1 } : {}),
  }).format(value);
}

/** Returns seconds with one digit, `–` where there are none. */
export function seconds(language: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: "second",
    unitDisplay: "narrow",
    maximumFractionDigits: 1,
  }).format(value);
}
