import { useCallback, useMemo, useState } from "react";
import { LocalTexts } from "./outbox";

type Where = { workspace: string; person: string; conversation: string };

/** A note that a person has begun, apart from the answer, so that it can never be sent to the customer by mistake. */
export function useNoteDraft({ workspace, person, conversation }: Where) {
  const local = useMemo(
    () => new LocalTexts(workspace, person, `${conversation}.note`),
    [workspace, person, conversation],
  );
  const [text, setText] = useState(() => local.draft()?.text ?? "");
  const change = useCallback(
    (next: string) => {
      setText(next);
      local.keepDraft({ text: next, intent: "" });
      if (!next) local.dropDraft("");
    },
    [local],
  );
  return { text, change, state: text ? ("local" as const) : ("none" as const) };
}
