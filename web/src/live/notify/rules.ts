import type { Row } from "../frames";

/** A person's rules of notifications. quietFrom, quietTo: times of the person's own day; equal: never quiet. */
export type Rules = {
  about: "mine" | "waiting" | "all" | "off";
  sound: boolean;
  desktop: boolean;
  quietFrom: string;
  quietTo: string;
};

export const ABOUT = ["mine", "waiting", "all", "off"] as const;
export const DEFAULTS: Rules = { about: "waiting", sound: true, desktop: false, quietFrom: "", quietTo: "" };

/** Returns the rules of what `/me/notifications` has stored; unknown values are the defaults. */
export function rulesOf(stored: Record<string, unknown>): Rules {
  const about = ABOUT.find((one) => one === stored.about) ?? DEFAULTS.about;
  const flag = (value: unknown, without: boolean) => (typeof value === "boolean" ? value : without);
  const clock = (value: unknown) => (typeof value === "string" && /^\d\d:\d\d$/.test(value) ? value : "");
  return {
    about,
    sound: flag(stored.sound, DEFAULTS.sound),
    desktop: flag(stored.desktop, DEFAULTS.desktop),
    quietFrom: clock(stored.quiet_from),
    quietTo: clock(stored.quiet_to),
  };
}

/** Returns whether a customer's new message in a conversation is worth a notification. clock: `22:15`, of the person. */
export function isWanted(row: Row, rules: Rules, me: string, clock: string): boolean {
  if (rules.about === "off" || isQuiet(rules, clock)) return false;
  if (rules.about === "all") return true;
  const mine = row.mode === "human" && row.assigned_to === me;
  if (rules.about === "mine") return mine;
  return mine || (row.mode === "human" && row.assigned_to === "");
}

function isQuiet({ quietFrom, quietTo }: Rules, clock: string): boolean {
  if (!quietFrom || !quietTo || quietFrom === quietTo) return false;
  return quietFrom < quietTo ? clock >= quietFrom && clock < quietTo : clock >= quietFrom || clock < quietTo;
}
