import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import classes from "./Canvas.module.css";

/** A word about what was just done, perhaps with a way to take it back. */
export type SaidWord = { text: string; label?: string; act?: () => void };

const SHOWN_FOR = 8_000;

/** Returns the last word, which goes after a while, and a function that says another one. */
export function useSaid() {
  const [said, say] = useState<SaidWord | null>(null);
  useEffect(() => {
    if (!said) return;
    const timer = window.setTimeout(() => say(null), SHOWN_FOR);
    return () => window.clearTimeout(timer);
  }, [said]);
  return [said, say] as const;
}

/** Shows it at the foot of the canvas, and to screen readers. */
export function Said({ said, onDone }: { said: SaidWord | null; onDone: () => void }) {
  return (
    <div className={classes.said} role="status" data-empty={said ? undefined : true}>
      {said?.text}
      {said?.act && (
        <Button
          size="compact-sm"
          variant="light"
          onClick={() => {
            said.act?.();
            onDone();
          }}
        >
          {said.label}
        </Button>
      )}
    </div>
  );
}
