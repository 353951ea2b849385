import { useInboxList } from "../live/useInboxList";
import type { View } from "../live/view";

const MINE: View = { folder: "mine", label: "", channel: "", sort: "newest" };

/** Returns how many conversations of the person wait for an answer, among the fifty latest. */
export function useMineWaiting(): number {
  const { rows } = useInboxList(MINE, true, "count");
  const now = Date.now();
  const asleep = (until: string | null) => until !== null && Date.parse(until) > now;
  return rows.filter((row) => row.waits_since !== null && !asleep(row.snoozed_until)).length;
}
