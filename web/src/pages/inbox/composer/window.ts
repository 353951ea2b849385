import type { Texts } from "../../../texts";

/** The 24 hours in which a customer may be answered freely. left: milliseconds; null: the customer never wrote. */
export type AnswerWindow = { open: boolean; left: number | null };

/** Returns the window that ends at a time. */
export function windowOf(endsAt: string | null, now: number): AnswerWindow {
  if (!endsAt) return { open: false, left: null };
  const left = Date.parse(endsAt) - now;
  return { open: left > 0, left: Math.max(0, left) };
}

/** Returns how long the window is open, in words; the seconds only in its last minutes. */
export function timeLeft(left: number, { composer }: Pick<Texts, "composer">): string {
  const seconds = Math.ceil(left / 1000);
  if (seconds < 120) return composer.seconds(seconds);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return composer.minutes(minutes);
  return composer.hours(Math.floor(minutes / 60), minutes % 60);
}
