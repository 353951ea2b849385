import { VisuallyHidden } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTexts } from "../../../texts";
import type { Entry } from "./timeline";

/** Reads new messages of the customer to people with a screen reader, each once. */
export function Announcer({ name, entries }: { name: string; entries: readonly Entry[] }) {
  const { conversation: t } = useTexts();
  const last = entries.findLast((one) => one.author === "customer");
  const former = useRef<number | null>(null);
  const [words, setWords] = useState("");
  useEffect(() => {
    if (!last) return;
    if (former.current !== null && last.turn > former.current) {
      setWords(t.announce(name.slice(0, 80), (last.text ?? "").slice(0, 500)));
    }
    former.current = Math.max(former.current ?? 0, last.turn);
  }, [last, name, t]);
  return (
    <VisuallyHidden aria-live="polite" data-announcer>
      {words}
    </VisuallyHidden>
  );
}
