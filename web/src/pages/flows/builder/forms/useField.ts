import { useEffect, useRef, useState } from "react";
import { useDraft, useDraftView } from "../draft/DraftProvider";
import type { FlowProblem, Path } from "../draft/types";
import { stepValues, valueAt } from "../draft/values";

const SENT_AFTER = 500;

/** Returns the value at a path of the file; of a step in its short form too. */
export function useValue(path: Path): unknown {
  return useDraftView(({ model }) =>
    path[0] === "steps" && path.length > 2
      ? valueAt(stepValues(model, String(path[1])), path.slice(2))
      : valueAt(model, path),
  );
}

/** Returns functions that change the value at a path: each is one edit. */
export function useChange(path: Path) {
  const draft = useDraft();
  return {
    set: (value: unknown) => draft.apply({ op: "set", path: [...path], value: value as never }),
    unset: () => draft.apply({ op: "unset", path: [...path] }),
    renameKey: (to: string) => draft.apply({ op: "rename_key", path: [...path], to }),
  };
}

/**
 * Returns a text that is being typed. It becomes an edit half a second after the last key, and when the field is left;
 * another value of the draft (an undo, the code) replaces it unless somebody types.
 */
export function useTyped(value: string, commit: (text: string) => void) {
  const draft = useDraft();
  const [text, setText] = useState(value);
  const timer = useRef(0);
  const typed = useRef<string | null>(null);
  const latest = useRef(commit);
  latest.current = commit;
  useEffect(() => {
    if (typed.current === null) setText(value);
  }, [value]);
  const flush = () => {
    window.clearTimeout(timer.current);
    const text = typed.current;
    typed.current = null;
    if (text !== null) latest.current(text);
    draft.holds(typed, false);
  };
  const leave = useRef(flush);
  leave.current = flush;
  useEffect(() => {
    const now = () => leave.current();
    window.addEventListener("pagehide", now); // the draft keeps it until the page is open again
    return () => {
      window.removeEventListener("pagehide", now);
      now();
    };
  }, []);
  return {
    text,
    change(next: string) {
      setText(next);
      typed.current = next;
      draft.holds(typed, true);
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(flush, SENT_AFTER);
    },
    flush,
    /** Forgets what was typed. */
    reset() {
      window.clearTimeout(timer.current);
      typed.current = null;
      draft.holds(typed, false);
      setText(value);
    },
  };
}

/** Returns the problems at a path, and below it unless only this very place is meant. */
export function useProblemsAt(path: Path, exact = false): readonly FlowProblem[] {
  const problems = useDraftView((view) => view.problems);
  return problems.filter((one) => {
    const at = one.path ?? [];
    return (
      (!exact || at.length === path.length) &&
      at.length >= path.length &&
      path.every((part, i) => part === at[i])
    );
  });
}

/** Returns the words of the problems at a path; undefined: there are none. */
export function useErrorAt(path: Path): string | undefined {
  const found = useProblemsAt(path);
  return found.length ? found.map((one) => one.message).join("\n") : undefined;
}
