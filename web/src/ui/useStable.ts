import { useCallback, useLayoutEffect, useRef } from "react";

/**
 * Returns a function that stays the same object and does what the one of the last render does. For handlers of
 * components that draw much anew when a handler is another one.
 */
export function useStable<Given extends unknown[], Result>(act: (...given: Given) => Result) {
  const latest = useRef(act);
  useLayoutEffect(() => {
    latest.current = act;
  });
  return useCallback((...given: Given): Result => latest.current(...given), []);
}
