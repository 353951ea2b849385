import { lazy, Suspense, useSyncExternalStore } from "react";
import { sessionEnd } from "../api/session";

const SessionEndedDialog = lazy(async () => ({
  default: (await import("./SessionEndedDialog")).SessionEndedDialog,
}));

/** Asks to sign in again when the session has ended. The dialog is loaded then. */
export function SessionEnd() {
  const ended = useSyncExternalStore(sessionEnd.subscribe, sessionEnd.get);
  return <Suspense>{ended && <SessionEndedDialog />}</Suspense>;
}
