import { cursors, MOST_CURSORS } from "./noteCursor";

const HEAD = 17; // a version and the id of the topic; then a number for each partition (services/console/live/cursor.py)

/** Returns the cursor behind which all answers were read; unsure: there is none, so fetch anew what is shown. */
export function firstCursor(workspace: string): { cursor: string | null; unsure: boolean } {
  const known = [...(cursors.get(encodeURIComponent(workspace)) ?? [])];
  const first = known.reduce<string | null>(
    (one, other) => (one === null ? null : earliest(one, other)),
    known[0] ?? "",
  );
  return { cursor: first || known[0] || null, unsure: !first || known.length >= MOST_CURSORS };
}

/** Returns the cursor of the earlier position in every partition; null: they cannot be compared. */
export function earliest(one: string, other: string): string | null {
  if (one === other) return one;
  try {
    const [a, b] = [decode(one), decode(other)];
    if (a.head !== b.head || a.positions.length !== b.positions.length) return null;
    return encode(
      a.head,
      a.positions.map((position, index) => Math.min(position, b.positions[index] ?? position)),
    );
  } catch {
    return null;
  }
}

function decode(cursor: string): { head: string; positions: number[] } {
  const raw = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
  const positions: number[] = [];
  let value = 0;
  let weight = 1;
  for (const character of raw.slice(HEAD)) {
    const byte = character.charCodeAt(0);
    value += (byte % 128) * weight;
    weight *= 128;
    if (byte >= 128) continue;
    positions.push(value);
    value = 0;
    weight = 1;
  }
  return { head: raw.slice(0, HEAD), positions };
}

function encode(head: string, positions: readonly number[]): string {
  let raw = head;
  for (let position of positions) {
    for (; position >= 128; position = Math.floor(position / 128))
      raw += String.fromCharCode((position % 128) + 128);
    raw += String.fromCharCode(position);
  }
  return btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
