/** Returns a number as the API takes it: people write 12,50 or 12.50, as their language has it. */
export const decimalOf = (typed: string): string => typed.trim().replace(",", ".");
