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
  draft: Pick<DraftView["draft"], "digest" | "stored" | "at">;
};

/** Returns what a frame says that is new; null: it is this window's own edit, or known already. */
export function newsOf(frame: DraftFrame, view: Known, me: string): News | null {
  const own = frame.by.id === me;
  if (frame.change === "edited" && frame.digest === view.draft.digest) return null;
  // This window did it, or knows it soon. News of its own edit may come when it has made the next one.
  const older = view.draft.at !== null && Date.parse(frame.at) <= Date.parse(view.draft.at);
  if (own && (view.pending > 0 || frame.change !== "edited" || older)) return null;
  return {
    name: frame.by.name,
    at: frame.at,
    change: frame.change,
    own,
    takes: view.pending === 0 && !view.conflict,
  };
}
