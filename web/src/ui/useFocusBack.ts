import { type RefObject, useLayoutEffect, useState } from "react";

/**
 * Moves the focus when a part of the page goes while the focus is in it, which would fall to the whole page: to what had
 * it before the part came, else to the field where one writes (`data-writes`).
 */
export function useFocusBack(part: RefObject<HTMLElement | null>) {
  // Read while it is drawn: a field of it may take the focus as soon as it is there.
  const [before] = useState(() => document.activeElement);
  useLayoutEffect(() => {
    const own = part.current;
    return () => {
      if (!own?.contains(document.activeElement)) return;
      const back = before instanceof HTMLElement && before !== document.body && before.isConnected;
      (back ? before : document.querySelector<HTMLElement>("[data-writes]"))?.focus();
    };
  }, [part, before]);
}
