import { pageOptions } from "./pageOptions";

/** The page's knowledge of the session: whether requests find it ended. Forms keep their texts meanwhile. */
type Listener = () => void;

let ended = false;

/** Says whether the browser may have a session: as the page was made, and after each sign-in and sign-out in this tab. */
export const sessionHint = { maybe: pageOptions.session };

const listeners = new Set<Listener>();

export const sessionEnd = {
  get: () => ended,
  subscribe(listener: Listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  set(value: boolean) {
    if (ended === value) return;
    ended = value;
    for (const listener of listeners) listener();
  },
};

let refreshing: Promise<boolean> | null = null;

/** Renews the access token once for all requests of this tab, and one tab after the other. */
export function refreshSession(): Promise<boolean> {
  refreshing ??= withLock(renew).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function renew(): Promise<boolean> {
  const response = await fetch("/api/v1/auth/refresh", { method: "POST", headers: { "X-Parley": "1" } });
  if (response.ok) return true;
  if (response.status === 401 || response.status === 403) return false;
  throw new TypeError("the session could not be renewed");
}

async function withLock(run: () => Promise<boolean>): Promise<boolean> {
  return navigator.locks ? await navigator.locks.request("parley-refresh", run) : await run();
}
