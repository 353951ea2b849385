import type { Format } from "../../time/format";
import type { Replay } from "./queries";

/** Returns the days of a replay in words; one day once. */
export function daysOf(format: Format, { since, until }: Pick<Replay, "since" | "until">): string {
  const [first, last] = [format.date(since), format.date(new Date(Date.parse(until) - 1))];
  return first === last ? first : `${first} – ${last}`;
}
