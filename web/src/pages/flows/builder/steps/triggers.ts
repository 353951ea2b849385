import type { Texts } from "../../../../texts";
import { isValues, type Values } from "../draft/types";

/** Returns what begins a flow, in words. */
export function triggerWords(model: Values, t: Texts["builder"]): string[] {
  const triggers = isValues(model.triggers) ? model.triggers : {};
  const list = (key: string) => {
    const value = triggers[key];
    return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
  };
  return [
    ...list("keywords").map((word) => `“${word}”`),
    ...list("contains").map((word) => `…${word}…`),
    ...list("regex"),
    ...list("buttons").map(t.triggerButton),
    ...list("referrals").map(t.triggerAd),
    ...(triggers.first_message === true ? [t.triggerFirst] : []),
    ...(triggers.command === true ? [t.triggerCommand] : []),
  ];
}
