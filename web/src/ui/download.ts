import { sessionFetch } from "../api/client";
import { problemOf } from "../api/problem";

/** Fetches a CSV file of the API, all pages of it, and gives it to the browser to keep. Throws ProblemError. */
export async function download(path: string, name: string): Promise<void> {
  const parts: Blob[] = [];
  const address = new URL(path, window.location.origin);
  for (let next: string | null = ""; next !== null; ) {
    if (next) address.searchParams.set("cursor", next);
    const response = await sessionFetch(
      new Request(address, { headers: { Accept: "text/csv", "X-Parley": "1" } }),
    );
    if (!response.ok) throw await problemOf(response);
    const part = await response.blob();
    parts.push(next ? part.slice((await part.text()).indexOf("\n") + 1) : part); // the titles once; they are ASCII
    next = response.headers.get("Parley-Next");
  }
  save(new Blob(parts, { type: "text/csv" }), name);
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
