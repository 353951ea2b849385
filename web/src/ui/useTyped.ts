import { useState } from "react";

/**
 * The text of a field that filters a list by the address. shown: what the address has; the field follows it when a link or
 * the browser's way back changes it, and goes on undisturbed when its own text arrives there. commit: filters by a text.
 */
export function useTyped(shown: string, onChange: (text: string) => void) {
  const [text, setText] = useState(shown);
  const [before, setBefore] = useState(shown);
  const [own, setOwn] = useState<string | null>(null);
  if (shown !== before) {
    setBefore(shown);
    setOwn(null);
    if (shown !== own) setText(shown);
  }
  function commit(typed: string) {
    const next = typed.trim();
    if (next === shown) return;
    setOwn(next);
    onChange(next);
  }
  return { text, setText, commit };
}
