import { sessionFetch } from "../api/client";
import { problemOf } from "../api/problem";

/** Fetches a file of the API and gives it to the browser to keep. Throws ProblemError. */
export async function download(path: string, name: string, accept = "text/csv"): Promise<void> {
  const response = await sessionFetch(new Request(path, { headers: { Accept: accept, "X-Parley": "1" } }));
  if (!response.ok) throw await problemOf(response);
  save(await response.blob(), name);
}

/** Gives a file that the page has made to the browser to keep. */
export function save(file: Blob, name: string) {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser may begin to read the file after the click.
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
