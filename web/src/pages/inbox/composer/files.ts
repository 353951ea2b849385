/** The kinds of files that messages have. */
export type FileKind = "image" | "video" | "audio" | "document" | "sticker";

const MB = 1024 * 1024;

// As shared/providers/meta/upload.py has them; the console takes no file above 25 MiB.
const KINDS: Record<string, FileKind> = {
  jpg: "image",
  jpeg: "image",
  png: "image",
  webp: "sticker",
  aac: "audio",
  amr: "audio",
  m4a: "audio",
  mp3: "audio",
  ogg: "audio",
  opus: "audio",
  mp4: "video",
  "3gp": "video",
  txt: "document",
  pdf: "document",
  doc: "document",
  docx: "document",
  xls: "document",
  xlsx: "document",
  ppt: "document",
  pptx: "document",
};
const MOST: Record<FileKind, number> = {
  image: 5 * MB,
  audio: 16 * MB,
  video: 16 * MB,
  document: 25 * MB,
  sticker: 500 * 1024,
};
const MOST_OF_OTHERS = 16 * MB; // which fetch the file from the console

const NAMES_BY_TYPE: Record<string, string> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
};

export const ENDINGS = Object.keys(KINDS);

/** Returns the endings of the files of a kind. */
export const endingsOf = (kind: FileKind) => ENDINGS.filter((one) => KINDS[one] === kind);

export const CAPTIONED: readonly FileKind[] = ["image", "video", "document"];

/** The facts about a file before it is uploaded. problem: why WhatsApp does not take it. most: bytes of its kind. */
export type Checked = {
  name: string;
  kind: FileKind;
  problem: "" | "type" | "size" | "empty";
  most: number;
};

/** Checks a file by its name and size. provider: of the channel. */
export function checkFile(file: { name: string; type: string; size: number }, provider: string): Checked {
  const name = named(file);
  const kind = KINDS[endingOf(name)];
  const most = mostOf(kind ?? "document", provider);
  const problem = !kind ? "type" : file.size === 0 ? "empty" : file.size > most ? "size" : "";
  return { name, kind: kind ?? "document", problem, most };
}

/** Returns how many bytes a file of a kind may have. */
export function mostOf(kind: FileKind, provider: string): number {
  return provider === "meta" ? MOST[kind] : Math.min(MOST[kind], MOST_OF_OTHERS);
}

/** Returns the file's name; a pasted picture may have none with an ending. */
function named(file: { name: string; type: string }): string {
  const ending = NAMES_BY_TYPE[file.type];
  return ending && !KINDS[endingOf(file.name)] ? `${file.name || "picture"}.${ending}` : file.name;
}

function endingOf(name: string): string {
  const at = name.lastIndexOf(".");
  return at > 0 ? name.slice(at + 1).toLowerCase() : "";
}
