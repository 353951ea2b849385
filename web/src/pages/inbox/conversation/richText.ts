/** A piece of a text as WhatsApp shows it. */
export type Piece =
  | { kind: "text"; text: string }
  | { kind: "link"; text: string; href: string }
  | { kind: "bold" | "italic" | "strike" | "code"; text: string };

const PIECE =
  /(https?:\/\/[^\s<>"']+)|```([^`]+)```|`([^`\n]+)`|(?<![\p{L}\p{N}*])\*(\S(?:[^*\n]{0,2000}?\S)?)\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(\S(?:[^_\n]{0,2000}?\S)?)_(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}~])~(\S(?:[^~\n]{0,2000}?\S)?)~(?![\p{L}\p{N}~])/gu;
const TRAILING = /[.,;:!?)\]}»”’]+$/;

/** Cuts a text into pieces: links, and `*bold*`, `_italic_`, `~strike~` and code. Everything else stays as it is. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const found of text.matchAll(PIECE)) {
    const [whole, link, block, code, bold, italic, strike] = found;
    if (found.index < end) continue;
    if (found.index > end) pieces.push({ kind: "text", text: text.slice(end, found.index) });
    end = found.index + whole.length;
    if (link) {
      const shown = link.replace(TRAILING, "");
      pieces.push(
        isAddress(shown) ? { kind: "link", text: shown, href: shown } : { kind: "text", text: shown },
      );
      end = found.index + shown.length;
    } else if (bold) pieces.push({ kind: "bold", text: bold });
    else if (italic) pieces.push({ kind: "italic", text: italic });
    else if (strike) pieces.push({ kind: "strike", text: strike });
    else pieces.push({ kind: "code", text: block ?? code ?? "" });
  }
  if (end < text.length) pieces.push({ kind: "text", text: text.slice(end) });
  return pieces;
}

/** Says whether a text is a usual web address; others could lead elsewhere than they say. */
export function isAddress(text: string): boolean {
  try {
    const url = new URL(text);
    return (url.protocol === "https:" || url.protocol === "http:") && !url.username && !url.password;
  } catch {
    return false;
  }
}

const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Emoji_Component}|\u200d|\ufe0f|\s){1,24}$/u;

/** Says whether a text is only a few emoji, which are shown larger. */
export function isEmojiOnly(text: string): boolean {
  return EMOJI.test(text) && /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(text);
}
