import { useCallback, useEffect, useRef } from "react";

/** Returns a function that calls another one at once, and once more after a while if it was called meanwhile. */
export function useThrottled(run: () => void, every: number): () => void {
  const current = useRef(run);
  current.current = run;
  const state = useRef<{ timer: number | undefined; again: boolean }>({ timer: undefined, again: false });
  useEffect(() => () => window.clearTimeout(state.current.timer), []);
  return useCallback(() => {
    const now = state.current;
    if (now.timer !== undefined) {
      now.again = true;
      return;
    }
    current.current();
    const tick = () => {
      now.timer = undefined;
      if (!now.again) return;
      now.again = false;
      current.current();
      now.timer = window.setTimeout(tick, every);
    };
    now.timer = window.setTimeout(tick, every);
  }, [every]);
}
