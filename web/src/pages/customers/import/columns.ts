/** The meaning of a column of a file. field: one of the customer's own fields; leave: nothing is taken from it. */
export const MEANINGS = [
  ...([
    "phone",
    "name",
    "first",
    "last",
    "tags",
    "opted_out",
    "qualified",
    "status",
    "source",
    "bsuid",
  ] as const),
  ...(["field", "leave"] as const),
] as const;
export type Meaning = (typeof MEANINGS)[number];

/** The first line of a file. from, to: the bytes of its titles, without the line break. */
export type Header = { titles: string[]; separator: string; from: number; to: number };

// As shared/operations/customers/rows.py has them; without accents.
const TITLES: Record<Exclude<Meaning, "field" | "leave">, string[]> = {
  name: ["name", "full name", "customer", "contact", "nombre", "nombre completo", "cliente", "contacto"],
  first: ["first name", "firstname", "given name", "nombre de pila", "primer nombre"],
  last: ["last name", "lastname", "surname", "family name", "apellido", "apellidos"],
  phone: [
    ...["phone", "phone number", "mobile", "mobile phone", "whatsapp", "whatsapp number", "number"],
    ...[
      "telefono",
      "numero de telefono",
      "movil",
      "telefono movil",
      "celular",
      "numero",
      "numero de whatsapp",
    ],
  ],
  bsuid: ["bsuid", "whatsapp id", "user id"],
  tags: ["tags", "tag", "labels", "etiqueta", "etiquetas"],
  opted_out: ["opted out", "opt out", "unsubscribed", "dado de baja", "de baja"],
  qualified: ["qualified", "is qualified", "cualificado", "calificado"],
  status: ["lead status"],
  source: ["lead source", "source", "origen", "origen del contacto"],
};
const IGNORED = ["", "last contacted", "orders", "created", "line", "reason", "id"];
const WRITTEN: Record<Exclude<Meaning, "field">, string> = {
  ...{ name: "name", first: "first name", last: "last name", phone: "phone", bsuid: "bsuid", tags: "tags" },
  ...{
    opted_out: "opted out",
    qualified: "qualified",
    status: "lead status",
    source: "lead source",
    leave: "line",
  },
};
const LOOKED_AT = 1024 * 1024; // as long as the server lets a line be

/** Returns what a title means if nobody says otherwise. */
export function meaningOf(title: string): Meaning {
  const key = plain(title);
  const known = (Object.keys(TITLES) as (keyof typeof TITLES)[]).find((one) => TITLES[one].includes(key));
  return known ?? (IGNORED.includes(key) ? "leave" : "field");
}

const plain = (title: string) =>
  title
    .trim()
    .replaceAll("_", " ")
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/\s+/g, " ");

/** Returns the titles of a CSV file; null: it has none that can be read. */
export async function readHeader(file: Blob): Promise<Header | null> {
  const bytes = new Uint8Array(await file.slice(0, LOOKED_AT).arrayBuffer());
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const first = lineAt(bytes, mark);
  const declared = /^sep=(.)\s*$/i.exec(decode(bytes, first))?.[1];
  const line = declared ? lineAt(bytes, afterBreak(bytes, first.to)) : first;
  const text = decode(bytes, line);
  const separator = declared ?? separatorOf(text);
  const titles = cellsOf(text, separator);
  while (titles.length && !titles.at(-1)?.trim()) titles.pop();
  return titles.length ? { titles, separator, ...line } : null;
}

/** Returns the problem of these meanings; empty: there is none. */
export function problemOf(meanings: readonly Meaning[]): "" | "nobody" | "twice" {
  const taken = meanings.filter((one) => one !== "field" && one !== "leave");
  if (!taken.includes("phone") && !taken.includes("bsuid")) return "nobody";
  return new Set(taken).size < taken.length ? "twice" : "";
}

/** Returns the file with a first line that says what each column means. */
export function withMeanings(file: Blob, header: Header, meanings: readonly Meaning[]): Blob {
  const { titles, separator, from, to } = header;
  if (titles.every((title, place) => meaningOf(title) === meanings[place])) return file;
  const cells = titles.map((title, place) => {
    const meaning = meanings[place] ?? "leave";
    if (meaningOf(title) === meaning) return title; // as the person wrote it
    return meaning === "field" ? `field:${title.replace(/^field:/i, "")}` : WRITTEN[meaning];
  });
  const line = cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(separator);
  return new Blob([file.slice(0, from), line, file.slice(to)], { type: "text/csv" });
}

type Line = { from: number; to: number };

/** Returns where a line is; line breaks within quotation marks belong to it. */
function lineAt(bytes: Uint8Array, from: number): Line {
  let quoted = false;
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === 0x22) quoted = !quoted;
    else if (!quoted && (bytes[at] === 0x0a || bytes[at] === 0x0d)) return { from, to: at };
  }
  return { from, to: bytes.length };
}

const afterBreak = (bytes: Uint8Array, at: number) =>
  bytes[at] === 0x0d && bytes[at + 1] === 0x0a ? at + 2 : Math.min(at + 1, bytes.length);

const decode = (bytes: Uint8Array, { from, to }: Line) => new TextDecoder().decode(bytes.subarray(from, to));

function separatorOf(line: string): string {
  const outside = line.split('"').filter((_, place) => place % 2 === 0);
  const count = (one: string) => outside.join("").split(one).length;
  return [";", ",", "\t"].reduce((best, one) => (count(one) > count(best) ? one : best));
}

function cellsOf(line: string, separator: string): string[] {
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (const char of line) {
    if (char === '"') quoted = !quoted;
    else if (char === separator && !quoted) {
      cells.push(cell);
      cell = "";
    } else cell += char;
  }
  return [...cells, cell].map((one) => one.trim());
}
