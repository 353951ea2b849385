import { useTexts } from "../../texts";

/** Returns a function that says what a replay has changed: `prompt, flow lead`. */
export function useChanged(): (changed: readonly string[]) => string {
  const { replay } = useTexts();
  return (changed) =>
    changed
      .map((one) => {
        if (one.startsWith("flows.")) return replay.flowNamed(one.slice("flows.".length));
        return replay.changes[one.replace("bot.", "") as keyof typeof replay.changes] ?? one;
      })
      .join(", ") || replay.nothingChanged;
}
