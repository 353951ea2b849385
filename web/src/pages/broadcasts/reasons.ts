import type { Texts } from "../../texts";

/** Returns why somebody gets nothing, in words; an unknown reason as it is. */
export function reasonText(reason: string, { reasons }: Texts["broadcasts"]): string {
  return reasons[reason as keyof typeof reasons] ?? reason.replaceAll("_", " ");
}
