/** A piece of a text. hit: it is one of the words that are looked for. */
export type Mark = { text: string; hit: boolean };

/** Cuts a text where words stand that are looked for, without differences of case and accents, as the API finds them. */
export function marksOf(text: string, wanted: string): Mark[] {
  const words = [...new Set(plain(wanted).split(/\s+/).filter(Boolean))];
  if (words.length === 0) return [{ text, hit: false }];
  const { folded, places } = fold(text);
  const hits = new Array<boolean>(text.length).fill(false);
  for (const word of words) {
    for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + word.length)) {
      hits.fill(true, places[at] ?? 0, places[at + word.length] ?? text.length);
    }
  }
  const marks: Mark[] = [];
  for (let at = 0; at < text.length; at++) {
    const last = marks.at(-1);
    const hit = hits[at] ?? false;
    if (last && last.hit === hit) last.text += text[at];
    else marks.push({ text: text[at] ?? "", hit });
  }
  return marks;
}

/** Returns a text without differences of case, width and accents, and where in the text each of its letters begins. */
function fold(text: string): { folded: string; places: number[] } {
  let folded = "";
  const places: number[] = [];
  let at = 0;
  for (const letter of text) {
    const letters = plain(letter);
    for (let count = 0; count < letters.length; count++) places.push(at);
    folded += letters;
    at += letter.length;
  }
  return { folded, places: [...places, text.length] };
}

const plain = (text: string) => text.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "");
