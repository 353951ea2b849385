import { useEffect, useState } from "react";
import { ownPlace } from "../../app/own";
import type { Days } from "./DaysSection";
import { type Draft, NOTHING } from "./draft";

/** A new replay as a person has it so far. days, limit: null: as they are proposed. */
export type Kept = { draft: Draft; days: Days | null; name: string; limit: number | null };

const EMPTY: Kept = { draft: NOTHING, days: null, name: "", limit: null };

const isEmpty = (kept: Kept) => JSON.stringify(kept) === JSON.stringify(EMPTY);

/** Keeps a new replay while its page is left or loaded again, until it is started or discarded. flow: is tried too. */
export function useKept(workspace: string, person: string, flow: string | undefined) {
  const place = ownPlace(person, `replay.${workspace}`);
  const [wasKept] = useState(() => !isEmpty(read(place)));
  const [kept, setKept] = useState<Kept>(() => withFlow(read(place), flow));
  useEffect(() => write(place, kept), [kept, place]);
  return {
    kept,
    wasKept: wasKept && !isEmpty(kept),
    set: (part: Partial<Kept>) => setKept((before) => ({ ...before, ...part })),
    discard: () => {
      write(place, EMPTY);
      setKept(EMPTY);
    },
    /** Forgets what is kept, and leaves the form as it is while the page is left. */
    forget: () => write(place, EMPTY),
  };
}

function withFlow(kept: Kept, flow: string | undefined): Kept {
  if (!flow || flow in kept.draft.flows) return kept;
  return { ...kept, draft: { ...kept.draft, flows: { ...kept.draft.flows, [flow]: null } } };
}

function write(place: string, kept: Kept) {
  try {
    if (isEmpty(kept)) sessionStorage.removeItem(place);
    else sessionStorage.setItem(place, JSON.stringify(kept));
  } catch {
    // Without storage, or with too large an FAQ, the edits last as long as the page.
  }
}

function read(place: string): Kept {
  try {
    const stored = JSON.parse(sessionStorage.getItem(place) ?? "null") as Partial<Kept> | null;
    return { ...EMPTY, ...stored, draft: { ...NOTHING, ...stored?.draft } };
  } catch {
    return EMPTY;
  }
}
