import type { Operation } from "./types";

/** One intent of the person: sent as one request, undone as one. key: of its request. */
export type Work = { key: string } & (
  | { kind: "ops"; ops: Operation[] }
  | { kind: "text"; source: string }
  | { kind: "undo" | "redo" }
);

/** The operations that the server takes in one request. */
export const MOST_OPERATIONS = 50;

/** Returns the operations that count after the undos and redos of a queue, as far as these are about the queue's own edits. */
export function effective(queue: readonly Work[]): Operation[] {
  const done: Work[] = [];
  const undone: Work[] = [];
  let beyond = 0; // undos of what the server has already
  for (const work of queue) {
    if (work.kind === "undo") {
      const last = done.pop();
      if (last) undone.push(last);
      else beyond += 1;
    } else if (work.kind === "redo") {
      const again = beyond > 0 ? undefined : undone.pop();
      if (again) done.push(again);
      else beyond -= 1;
    } else {
      done.push(work);
      undone.length = 0;
      beyond = 0;
    }
  }
  return done.flatMap((work) => (work.kind === "ops" ? work.ops : []));
}

/**
 * Returns what follows an edit that was refused, without the undo of that edit and its redo: they would act on the edit
 * before it, which nobody wanted.
 */
export function afterRefusal(rest: readonly Work[]): Work[] {
  let depth = 0; // edits that count since the refused one
  let undone = false;
  let apart = false; // nothing that follows can be about the refused one
  return rest.filter((work) => {
    if (apart) return true;
    if (work.kind === "undo") {
      if (depth === 0 && !undone) {
        undone = true;
        return false;
      }
      depth -= 1;
      return true;
    }
    if (work.kind === "redo") {
      if (depth === 0 && undone) {
        undone = false;
        return false;
      }
      depth += 1;
      return true;
    }
    apart = undone;
    depth += 1;
    return true;
  });
}
