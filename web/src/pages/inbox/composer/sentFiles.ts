/** Pictures that were sent from this page, by the id of the upload: shown at once, and not downloaded again. */
const sent = new Map<string, string>();
const MOST = 20;

/** Remembers a picture that is being sent. */
export function noteSentFile(id: string, file: Blob) {
  if (!file.type.startsWith("image/")) return;
  sent.set(id, URL.createObjectURL(file));
  const oldest = sent.size > MOST ? sent.entries().next().value : undefined;
  if (!oldest) return;
  URL.revokeObjectURL(oldest[1]);
  sent.delete(oldest[0]);
}

/** Returns the address of a picture in this browser; undefined: it is not known here. */
export const sentFile = (id: string): string | undefined => sent.get(id);
