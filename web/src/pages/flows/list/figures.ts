import type { FlowListed } from "../queries";

type Runs = Pick<FlowListed, "running" | "version">;

/** Returns how many conversations wait in a flow, in all versions. */
export function totalRunning({ running }: Pick<FlowListed, "running">): number {
  return Object.values(running).reduce((sum, count) => sum + count, 0);
}

/** Returns how many of them wait in another version than the published one; they finish with theirs. */
export function olderRuns(flow: Runs): number {
  return totalRunning(flow) - (flow.version ? (flow.running[flow.version] ?? 0) : 0);
}

/** Returns the share of the last week's runs that came to the end of the flow; null: there were none. */
export function finishedShare({ ended, finished }: Pick<FlowListed, "ended" | "finished">): number | null {
  return ended > 0 ? finished / ended : null;
}
