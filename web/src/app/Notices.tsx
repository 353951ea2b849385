import { notificationsStore } from "@mantine/notifications";
import { Suspense, useSyncExternalStore } from "react";
import { late } from "../ui/late";

const Shown = late(async () => (await import("./ShownNotices")).ShownNotices);
let needed = false;

function isNeeded(): boolean {
  needed ||= notificationsStore.getState().notifications.length > 0;
  return needed;
}

/** The short notices in a corner (`notifications.show(…)`). Their code is loaded when there is time, or for the first one. */
export function Notices() {
  const shown = useSyncExternalStore(notificationsStore.subscribe, isNeeded);
  return <Suspense>{shown && <Shown />}</Suspense>;
}
