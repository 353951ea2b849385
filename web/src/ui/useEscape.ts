import { useWindowEvent } from "@mantine/hooks";

/**
 * Lets Escape do this alone while a dialog lies over all others, which would close with it. Use it in a component that
 * is on the page before any dialog opens: listeners are called in the order in which they came.
 */
export function useEscape(isAbove: () => boolean, act: () => void) {
  useWindowEvent(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || event.isComposing || !isAbove()) return;
      event.stopImmediatePropagation();
      act();
    },
    { capture: true },
  );
}
