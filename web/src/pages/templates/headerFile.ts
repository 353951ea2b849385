import type { Schemas } from "../../api/client";

/**
 * The file above a template: an https address, or one that was uploaded for a channel. name, until: of the uploaded one,
 * which the provider keeps until then.
 */
export type HeaderFile = { url: string; mediaId: string; channel: string; name: string; until: string };

export const NO_HEADER_FILE: HeaderFile = { url: "", mediaId: "", channel: "", name: "", until: "" };

/** Returns whether a file can be sent on a channel: an uploaded one is for its own channel only. */
export function isGiven({ url, mediaId, channel }: HeaderFile, on: string): boolean {
  return mediaId ? channel === on : /^https:\/\/[^\s/]+/.test(url.trim());
}

/** Returns the file as the API takes it. */
export function headerMedia(kind: string, file: HeaderFile): Schemas["HeaderFile"] {
  const uploaded = file.mediaId !== "";
  return {
    kind: kind as "image",
    url: uploaded ? "" : file.url.trim(),
    media_id: file.mediaId,
    filename: uploaded && kind === "document" ? file.name : "",
  };
}
