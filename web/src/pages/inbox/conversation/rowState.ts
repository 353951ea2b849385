import type { Row } from "../../../live/frames";
import type { Timeline } from "./timeline";

/** Returns what lines of the timeline and details of a conversation tell of its row: who has it, flow, labels, snooze. */
export function rowState({ mode, assigned_to, flow, labels, snoozed_until }: Row): string {
  return JSON.stringify([mode, assigned_to, flow, labels, snoozed_until]);
}

/** Says whether the end of a timeline has the last words of a row; a message that is held or queued has no event. */
export function hasLastWords({ entries, after }: Timeline, { turn, preview }: Row): boolean {
  if (after !== null || !preview) return true; // its end is not shown
  const at = Date.parse(preview.at);
  const isThere = entries.some((one) => one.author === preview.author && Date.parse(one.at) === at);
  return preview.author === "customer" ? entries.some((one) => one.turn >= turn) : isThere;
}
