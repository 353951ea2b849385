/** Sizes of nodes in pixels. Known without looking at the page, so that a flow can be arranged before it is drawn. */
export const WIDTH = 264;
export const START_WIDTH = 200;
const HEAD = 44;
const WORDS = 46;
const PORT = 30;
const PORTS_PAD = 6;

/** rows: ports that have a row of their own; a single `next` has none and leaves at the bottom. */
export const heightOf = (words: boolean, rows: number) =>
  HEAD + (words ? WORDS : 4) + (rows ? rows * PORT + PORTS_PAD : 0);

/** Returns the middle of a port's row. */
export const portTop = (words: boolean, place: number) =>
  HEAD + (words ? WORDS : 4) + place * PORT + PORT / 2;
