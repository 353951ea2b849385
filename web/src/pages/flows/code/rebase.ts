import { ChangeSet } from "@codemirror/state";

/**
 * The text of the editor beside the draft's. source: the draft's text that the editor has last seen, with the line ends
 * of the file. local: what was typed since, as changes of that text with plain line ends, as editors have them.
 */
export type Beside = { source: string; local: ChangeSet };

const BREAKS = /\r\n?/g;

/** Returns a text with plain line ends. */
export const plain = (source: string) => source.replace(BREAKS, "\n");

/** Returns the state in which both are the same. */
export function together(source: string): Beside {
  return { source, local: ChangeSet.empty(plain(source).length) };
}

/** Returns the smallest single change that makes one text of another. */
export function changeBetween(before: string, after: string): ChangeSet {
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before.charCodeAt(from) === after.charCodeAt(from)) from += 1;
  let end = 0;
  while (
    end < most - from &&
    before.charCodeAt(before.length - 1 - end) === after.charCodeAt(after.length - 1 - end)
  ) {
    end += 1;
  }
  const change = { from, to: before.length - end, insert: after.slice(from, after.length - end) };
  return ChangeSet.of(change.from === change.to && !change.insert ? [] : change, before.length);
}

/**
 * Takes a new text of the draft: returns the state beside it, and the change for the editor. What was typed meanwhile
 * stays, moved to its place in the new text.
 */
export function taken({ source, local }: Beside, next: string): { beside: Beside; change: ChangeSet } {
  const theirs = changeBetween(plain(source), plain(next));
  return { beside: { source: next, local: local.map(theirs) }, change: theirs.map(local, true) };
}

/** Returns whether something was typed that the draft does not have. */
export const isAhead = ({ local }: Beside) => !local.empty;

/** Returns the draft's text with what was typed: all other characters are the very same, their line ends too. */
export function typed({ source, local }: Beside): string {
  const end = source.includes("\r\n") ? "\r\n" : "\n";
  const parts: string[] = [];
  let at = 0; // in the text with plain line ends
  let index = 0; // of the same place in the source
  const upTo = (place: number) => {
    const begin = index;
    for (; at < place; at += 1) index += source.startsWith("\r\n", index) ? 2 : 1;
    return source.slice(begin, index);
  };
  local.iterChanges((from, to, _, __, inserted) => {
    parts.push(upTo(from), inserted.sliceString(0, inserted.length, end));
    upTo(to);
  }, true);
  return parts.join("") + source.slice(index);
}
