import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { answer, api, type Schemas } from "../../../api/client";
import { LocalTexts } from "./outbox";

const STORED_AFTER = 800;
const AGAIN_AFTER = 10_000;
const LONGEST = 8_000;

type Where = { workspace: string; person: string; conversation: string };

/**
 * A person's draft in a conversation. Each change is kept in this browser at once, and at the console soon after.
 * stored: the draft that the console had when the conversation was opened.
 */
export function useDraft({ workspace, person, conversation }: Where, stored: Schemas["OwnDraft"] | null) {
  const local = useMemo(
    () => new LocalTexts(workspace, person, conversation),
    [workspace, person, conversation],
  );
  const client = useQueryClient();
  const [text, setText] = useState(() => local.draft()?.text ?? stored?.text ?? "");
  const [state, setState] = useState<"none" | "local" | "stored">(
    stored && !local.draft() ? "stored" : "none",
  );
  const latest = useRef(text);
  const atConsole = useRef(stored?.text ?? "");
  const timer = useRef<number | undefined>(undefined);
  const queue = useRef<Promise<void>>(Promise.resolve());
  const left = useRef(false);

  const put = useCallback(async () => {
    const wanted = latest.current;
    if (wanted === atConsole.current) {
      local.dropDraft(wanted);
      return;
    }
    if (wanted.length > LONGEST) return;
    const path = { workspace, conversation };
    const url = "/api/v1/workspaces/{workspace}/conversations/{conversation}/draft" as const;
    try {
      if (wanted)
        await answer(api.PUT(url, { params: { path }, body: { text: wanted, reply_to: "", intent: "" } }));
      else await answer(api.DELETE(url, { params: { path } }));
      atConsole.current = wanted;
      client.setQueryData<Schemas["ConversationDetails"]>(
        [workspace, "conversation", conversation],
        (known) => (known ? { ...known, draft: wanted ? draftOf(wanted) : null } : known),
      );
      local.dropDraft(wanted);
      if (latest.current === wanted) setState(wanted ? "stored" : "none");
    } catch {
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => {
        // After the conversation was left, another composer may have written something newer.
        if (!left.current || local.draft()?.text === wanted) void again.current();
      }, AGAIN_AFTER);
    }
  }, [client, workspace, conversation, local]);

  /** Stores the latest text, after what is being stored: the last one decides. */
  const store = useCallback(() => {
    window.clearTimeout(timer.current);
    timer.current = undefined;
    queue.current = queue.current.then(put);
    return queue.current;
  }, [put]);
  const again = useRef(store);
  again.current = store;

  const change = useCallback(
    (next: string | ((text: string) => string)) => {
      const value = typeof next === "function" ? next(latest.current) : next;
      if (value === latest.current) return;
      latest.current = value;
      setText(value);
      local.keepDraft({ text: value, intent: "" });
      setState(value ? "local" : "none");
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => void store(), STORED_AFTER);
    },
    [local, store],
  );

  useEffect(() => {
    left.current = false;
    if (local.draft()) void store(); // left by a page that ended before the console had it
    return () => {
      left.current = true;
      if (timer.current !== undefined) void store();
    };
  }, [local, store]);
  return { text, change, state, local };
}

function draftOf(text: string): Schemas["OwnDraft"] {
  return { text, template: null, reply_to: "", intent: "", at: new Date().toISOString() };
}
