import { meQuery } from "../api/meQuery";
import { sessionEnd, sessionHint } from "../api/session";
import { forgetOwn } from "./own";
import { queryClient } from "./queryClient";

/** Tells the other tabs who is signed in now: they have the same cookies. */
const channel = "BroadcastChannel" in window ? new BroadcastChannel("parley-session") : null;

/** Forgets what the person before could see. To be called after each sign-in on a page of its own. */
export function signedIn(user: string) {
  sessionHint.maybe = true;
  sessionEnd.set(false);
  queryClient.clear();
  forgetOwn(user);
  channel?.postMessage(user);
}

export function signedOut() {
  sessionHint.maybe = false;
  sessionEnd.set(false);
  queryClient.clear();
  forgetOwn();
  // A request that is answered while the page is being left must not bring a text back.
  window.addEventListener("pagehide", () => forgetOwn(), { once: true });
  channel?.postMessage("");
}

/**
 * After a sign-in in the dialog: the same person goes on where the page stands; for another one the page is loaded
 * anew, so that nobody works in a page that belongs to somebody else.
 */
export function signedInAgain(user: string) {
  const before = queryClient.getQueryData(meQuery.queryKey)?.id;
  channel?.postMessage(user);
  if (before && before !== user) {
    forgetOwn(user);
    window.location.assign("/");
    return;
  }
  sessionHint.maybe = true;
  sessionEnd.set(false);
  void queryClient.invalidateQueries();
}

/** Follows what other tabs do: signing out ends the session here too, another person gets a page of its own. */
channel?.addEventListener("message", ({ data }) => {
  const before = queryClient.getQueryData(meQuery.queryKey)?.id;
  if (!before) return;
  if (data === "") sessionEnd.set(true);
  else if (data !== before) {
    forgetOwn(data);
    window.location.assign("/");
  } else {
    sessionEnd.set(false);
    void queryClient.invalidateQueries();
  }
});
