import type { Texts } from "../texts";

/** Returns how far a message of a broadcast is, in words. inDoubt: it failed, and nobody knows whether it arrived. */
export function reachedText(
  reached: string,
  inDoubt: boolean,
  { recipientStates, ...inbox }: Texts["inbox"],
) {
  return inDoubt ? inbox.inDoubt : (recipientStates[reached as keyof typeof recipientStates] ?? reached);
}
