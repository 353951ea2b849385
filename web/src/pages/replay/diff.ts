/** A piece of a text: whether the other text has it too. */
export type Piece = { text: string; same: boolean };

const MOST_WORDS = 600;

/** Returns both texts in pieces: words that only one of them has are marked. */
export function wordDiff(before: string, after: string): [Piece[], Piece[]] {
  const one = wordsOf(before);
  const other = wordsOf(after);
  if (one.length > MOST_WORDS || other.length > MOST_WORDS)
    return [[{ text: before, same: before === after }], [{ text: after, same: before === after }]];
  const lengths = commonLengths(one, other);
  const left: Piece[] = [];
  const right: Piece[] = [];
  let i = 0;
  let j = 0;
  while (i < one.length || j < other.length) {
    const mine = one[i];
    const theirs = other[j];
    if (mine !== undefined && theirs !== undefined && alike(mine, theirs)) {
      add(left, mine, true);
      add(right, theirs, true);
      i++;
      j++;
    } else if (
      mine !== undefined &&
      (theirs === undefined || at(lengths, i + 1, j) >= at(lengths, i, j + 1))
    ) {
      add(left, mine, false);
      i++;
    } else if (theirs !== undefined) {
      add(right, theirs, false);
      j++;
    }
  }
  return [left, right];
}

/** Words, each with the white space behind it. */
const wordsOf = (text: string) => text.match(/\S+\s*/g) ?? [];

const alike = (one: string, other: string) => one.trim().toLowerCase() === other.trim().toLowerCase();

const at = (lengths: number[][], i: number, j: number) => lengths[i]?.[j] ?? 0;

/** Lengths of the longest common sequences of what follows each pair of places. */
function commonLengths(one: string[], other: string[]): number[][] {
  const lengths = Array.from({ length: one.length + 1 }, () => new Array<number>(other.length + 1).fill(0));
  for (let i = one.length - 1; i >= 0; i--) {
    const row = lengths[i] as number[];
    for (let j = other.length - 1; j >= 0; j--) {
      row[j] = alike(one[i] as string, other[j] as string)
        ? at(lengths, i + 1, j + 1) + 1
        : Math.max(at(lengths, i + 1, j), at(lengths, i, j + 1));
    }
  }
  return lengths;
}

function add(pieces: Piece[], text: string, same: boolean) {
  const last = pieces.at(-1);
  if (last && last.same === same) last.text += text;
  else pieces.push({ text, same });
}
