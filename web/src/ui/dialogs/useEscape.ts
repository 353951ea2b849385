import { useWindowEvent } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { isComposing } from "../composing";

/** The open dialogs of the page, the uppermost last. */
const opened: object[] = [];
const handled = new WeakSet<Event>();

/**
 * Closes a dialog by Escape while it is the uppermost one. Mantine asks each dialog alone, so Escape would close those
 * below too. onEscape: null for a dialog that Escape does not close; those below stay open all the same.
 */
export function useEscape(isOpened: boolean, onEscape: (() => void) | null) {
  const dialog = useRef({});
  useEffect(() => {
    if (!isOpened) return;
    const own = dialog.current;
    opened.push(own);
    return () => {
      opened.splice(opened.indexOf(own), 1);
    };
  }, [isOpened]);
  useWindowEvent(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || isComposing(event) || handled.has(event)) return;
      if (opened.at(-1) !== dialog.current || isForMenu(event.target)) return;
      // The next dialog below is the uppermost as soon as this one closes: during the same event.
      handled.add(event);
      onEscape?.();
    },
    { capture: true },
  );
}

/** Escape in an open list or menu closes that alone. */
const isForMenu = (target: EventTarget | null) =>
  target instanceof Element && target.getAttribute("data-mantine-stop-propagation") === "true";
