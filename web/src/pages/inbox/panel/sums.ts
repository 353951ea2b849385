type Line = { total: string | null; currency: string };

/** Returns the sum of a cart in each of its currencies; what is not sold any more has no price. */
export function sumsOf(cart: readonly Line[]): [currency: string, sum: number][] {
  const sums = new Map<string, number>();
  for (const { total, currency } of cart) {
    if (total !== null) sums.set(currency, (sums.get(currency) ?? 0) + Number(total));
  }
  return [...sums];
}
