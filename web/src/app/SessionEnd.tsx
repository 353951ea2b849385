import { Suspense, useSyncExternalStore } from "react";
import { sessionEnd } from "../api/session";
import { late } from "../ui/late";

const SessionEndedDialog = late(async () => (await import("./SessionEndedDialog")).SessionEndedDialog);

/** Asks to sign in again when the session has ended. The dialog is loaded before, or then. */
export function SessionEnd() {
  const ended = useSyncExternalStore(sessionEnd.subscribe, sessionEnd.get);
  return <Suspense>{ended && <SessionEndedDialog />}</Suspense>;
}
