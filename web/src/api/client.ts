import createClient from "openapi-fetch";
import { noteCursor } from "../live/noteCursor";
import { shown } from "../texts";
import { loadTexts } from "../texts/load";
import { offline, ProblemError, problemOf } from "./problem";
import type { components, paths } from "./schema";
import { refreshSession, sessionEnd } from "./session";

export type Schemas = components["schemas"];

/** The API, typed by docs/openapi.json. Requests carry the session's cookies; see `answer` for errors. */
export const api = createClient<paths, "application/json">({
  baseUrl: window.location.origin,
  fetch: sessionFetch,
  headers: { "X-Parley": "1" },
});

/**
 * Sends a request; when the access token has expired, renews it and sends the request once more. A 401 without
 * `WWW-Authenticate` refuses a password or code: the same one sent again would count as another wrong try.
 */
export async function sessionFetch(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await send(request);
  if (response.status !== 401 || !response.headers.has("WWW-Authenticate")) return response;
  if (await renewed()) return send(again);
  sessionEnd.set(true);
  return response;
}

async function send(request: Request): Promise<Response> {
  try {
    const response = await fetch(request);
    noteCursor(request.url, response.headers.get("Parley-Cursor"));
    return response;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw offline();
  }
}

async function renewed(): Promise<boolean> {
  try {
    return await refreshSession();
  } catch {
    throw offline();
  }
}

type Result<T> = { data?: T; error?: unknown; response: Response };

/** Returns the body of an answer. Throws ProblemError. */
export async function answer<T>(result: Promise<Result<T>>): Promise<T> {
  const { data, error, response } = await result;
  if (response.ok) return data as T;
  await loadTexts(shown.language, "problems").catch(() => {}); // without them the API's own words are shown
  if (error && typeof error === "object") {
    const after = Number(response.headers.get("Retry-After"));
    throw new ProblemError(response.status, error as Record<string, unknown>, after > 0 ? after : null);
  }
  throw await problemOf(response.bodyUsed ? new Response(null, { status: response.status }) : response);
}

/** Returns the body of an answer with its ETag, for an edit by `If-Match`. Throws ProblemError. */
export async function answerWithTag<T>(result: Promise<Result<T>>): Promise<{ data: T; tag: string }> {
  const { response } = await result;
  return { data: await answer(result), tag: response.headers.get("ETag") ?? "" };
}

/** Returns a key for one intent, such as one press of a button: a repeated request with it is carried out once. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
