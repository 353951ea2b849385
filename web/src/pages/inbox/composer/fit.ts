/** The longest text of each provider, in characters as Python counts them (code points); see shared/providers. */
const TEXT_LIMITS: Record<string, number> = { meta: 4096, twilio: 1600, msg91: 4096 };
const LONGEST = 20_000;
const ROOM_FOR_MARKS = 6;

export const limitOf = (provider: string) => TEXT_LIMITS[provider] ?? 4096;

/** Returns the number of characters of a text. */
export function lengthOf(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Returns how many messages a text goes out as: cut at paragraphs, lines, sentences or words, as delivery cuts it. */
export function messagesOf(text: string, limit: number): number {
  let rest = [...text.trim()];
  let parts = 0;
  while (rest.length > limit) {
    const cut = cutOf(rest.slice(0, limit - ROOM_FOR_MARKS + 1).join(""), limit - ROOM_FOR_MARKS);
    rest = [...rest.slice(cut).join("").trimStart()];
    parts += 1;
  }
  return rest.length ? parts + 1 : parts;
}

export const isTooLong = (text: string) => lengthOf(text) > LONGEST;
export const LONGEST_TEXT = LONGEST;

const ENDS = [
  /\n[^\S\n]*\n\s*/gu,
  /\s*\n\s*/gu,
  /(?<=[.!?…。！？؟।])["'”’»)\]*_~]*(?:\s+|(?<=[。！？]))/gu,
  /\s+/gu,
];
const EARLIEST = [0.5, 0.5, 0.3, 0];

function cutOf(head: string, limit: number): number {
  for (const [index, pattern] of ENDS.entries()) {
    let cut = 0;
    for (const end of head.matchAll(pattern)) {
      const kept = end[0].trim() === "" ? end.index : end.index + end[0].length;
      if (lengthOf(head.slice(0, kept).trimEnd()) <= limit) cut = kept;
    }
    const at = Math.min(lengthOf(head.slice(0, cut)), limit);
    if (at > limit * (EARLIEST[index] ?? 0) && head.slice(0, cut).trim()) return at;
  }
  return limit;
}
