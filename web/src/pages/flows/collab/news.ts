import type { Frame } from "../../../live/frames";
import type { DraftView } from "../builder/draft/types";

type DraftFrame = Extract<Frame, { type: "flow:draft" }>["data"];
export type News = {
  name: string;
  at: string;
  change: DraftFrame["change"];
  /** By the same person, in another window. */
  own: boolean;
  /** Says whether their text can be taken at once: nothing of one's own is unsent. */
  takes: boolean;
};

type Known = Pick<DraftView, "pending" | "conflict"> & {
  draft: Pick<DraftView["draft"], "digest" | "stored">;
};

/** Returns what a frame says that is new; null: it is this window's own edit, or known already. */
export function newsOf(frame: DraftFrame, view: Known, me: string): News | null {
  const own = frame.by.id === me;
  if (frame.change === "edited" && frame.digest === view.draft.digest) return null;
  if (own && (view.pending > 0 || frame.change !== "edited")) return null; // this window did it, or knows it soon
  return {
    name: frame.by.name,
    at: frame.at,
    change: frame.change,
    own,
    takes: view.pending === 0 && !view.conflict,
  };
}
