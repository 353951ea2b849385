import type { Schemas } from "../../../api/client";
import { offline, problemOf } from "../../../api/problem";
import { refreshSession, sessionEnd } from "../../../api/session";

type Uploaded = Schemas["UploadedFile"];
type Wanted = {
  workspace: string;
  channel: string;
  file: Blob;
  name: string;
  /** Of the intent: the same file again is uploaded once. */
  key: string;
  onProgress: (part: number) => void;
  signal: AbortSignal;
};

/** Uploads a file for messages on a channel. Throws ProblemError; AbortError when it was called off. */
export async function upload(wanted: Wanted): Promise<Uploaded> {
  let response = await send(wanted);
  if (response.status === 401) {
    if (!(await refreshSession().catch(() => true))) sessionEnd.set(true);
    else response = await send(wanted);
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Uploaded;
}

/** `fetch` does not tell how much of a body was sent. */
function send({ workspace, channel, file, name, key, onProgress, signal }: Wanted): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const path = `/api/v1/workspaces/${encodeURIComponent(workspace)}/channels/${encodeURIComponent(channel)}/media`;
    request.open("POST", `${path}?name=${encodeURIComponent(name)}`);
    request.setRequestHeader("X-Parley", "1");
    request.setRequestHeader("Idempotency-Key", key);
    request.upload.onprogress = (event) => event.total > 0 && onProgress(event.loaded / event.total);
    request.onload = () => {
      const after = request.getResponseHeader("Retry-After");
      const headers = after ? { "Retry-After": after } : undefined;
      resolve(
        new Response(request.responseText, { status: request.status, ...(headers ? { headers } : {}) }),
      );
    };
    request.onerror = () => reject(offline());
    request.onabort = () => reject(new DOMException("called off", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("file", file, name);
    request.send(form);
  });
}
