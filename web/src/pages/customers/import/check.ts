export const MOST_BYTES = 32 * 1024 * 1024;
const LOOKED_AT = 256 * 1024;

/** The problem of a file before it is sent: a name of a text; null: nothing that can be seen here. */
export type FileFault = "empty" | "tooLarge" | "workbook" | "utf16" | "encoding" | null;

/** Looks at a file in the browser, so that the commonest faults are told at once. */
export async function checkFile(file: Blob): Promise<FileFault> {
  if (file.size === 0) return "empty";
  if (file.size > MOST_BYTES) return "tooLarge";
  const begin = new Uint8Array(await file.slice(0, LOOKED_AT).arrayBuffer());
  if (begin[0] === 0x50 && begin[1] === 0x4b) return "workbook"; // a zip file, as .xlsx and .ods are
  if ((begin[0] === 0xff && begin[1] === 0xfe) || (begin[0] === 0xfe && begin[1] === 0xff)) return "utf16";
  return isUtf8(begin, file.size > LOOKED_AT) ? null : "encoding";
}

/** cut: the last character may be incomplete. */
function isUtf8(bytes: Uint8Array, cut: boolean): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: cut });
    return true;
  } catch {
    return false;
  }
}
