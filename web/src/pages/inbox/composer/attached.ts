import type { Schemas } from "../../../api/client";

/** A file as a message has it. */
export type FileContent = Schemas["MediaContent"];

/** Files that were picked, dropped or pasted. first: what is known of the message, such as a saved reply's address. */
export type Attached = { files: File[]; first: FileContent };

export const NO_FILE: FileContent = {
  type: "media",
  kind: "image",
  url: "",
  media_id: "",
  caption: "",
  filename: "",
};
