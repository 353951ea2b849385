import { notificationsStore } from "@mantine/notifications";
import { lazy, Suspense, useSyncExternalStore } from "react";

const Shown = lazy(async () => ({ default: (await import("./ShownNotices")).ShownNotices }));
let needed = false;

function isNeeded(): boolean {
  needed ||= notificationsStore.getState().notifications.length > 0;
  return needed;
}

/** The short notices in a corner (`notifications.show(…)`). Their code is loaded for the first one. */
export function Notices() {
  const shown = useSyncExternalStore(notificationsStore.subscribe, isNeeded);
  return <Suspense>{shown && <Shown />}</Suspense>;
}
