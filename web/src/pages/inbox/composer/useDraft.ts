import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { answer, api, type Schemas } from "../../../api/client";
import { LocalTexts } from "./outbox";

const STORED_AFTER = 800;
const AGAIN_AFTER = 10_000;
const LONGEST = 8_000;

type Where = { workspace: string; person: string; conversation: string };

/**
 * A person's draft in a conversation: a text, and the message that it replies to. Each change is kept in this browser
 * at once, and at the console soon after. stored: the draft that the console had when the conversation was opened.
 */
export function useDraft({ workspace, person, conversation }: Where, stored: Schemas["OwnDraft"] | null) {
  const local = useMemo(
    () => new LocalTexts(workspace, person, conversation),
    [workspace, person, conversation],
  );
  const client = useQueryClient();
  const [text, setText] = useState(() => local.draft()?.text ?? stored?.text ?? "");
  const [replyTo, setReplyTo] = useState(() => local.draft()?.replyTo ?? stored?.reply_to ?? "");
  const [state, setState] = useState<"none" | "local" | "stored">(
    stored && !local.draft() ? "stored" : "none",
  );
  const latest = useRef({ text, replyTo });
  const atConsole = useRef({ text: stored?.text ?? "", replyTo: stored?.reply_to ?? "" });
  const timer = useRef<number | undefined>(undefined);
  const queue = useRef<Promise<void>>(Promise.resolve());
  const left = useRef(false);

  const put = useCallback(async () => {
    const wanted = latest.current;
    if (wanted.text === atConsole.current.text && wanted.replyTo === atConsole.current.replyTo) {
      local.dropDraft(wanted.text, wanted.replyTo);
      return;
    }
    if (wanted.text.length > LONGEST) return;
    const path = { workspace, conversation };
    const url = "/api/v1/workspaces/{workspace}/conversations/{conversation}/draft" as const;
    try {
      if (wanted.text) {
        const body = { text: wanted.text, reply_to: wanted.replyTo, intent: "" };
        await answer(api.PUT(url, { params: { path }, body }));
      } else await answer(api.DELETE(url, { params: { path } }));
      atConsole.current = wanted;
      client.setQueryData<Schemas["ConversationDetails"]>(
        [workspace, "conversation", conversation],
        (known) => (known ? { ...known, draft: wanted.text ? draftOf(wanted) : null } : known),
      );
      local.dropDraft(wanted.text, wanted.replyTo);
      if (latest.current === wanted) setState(wanted.text ? "stored" : "none");
    } catch {
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => {
        // After the conversation was left, another composer may have written something newer.
        if (!left.current || local.draft()?.text === wanted.text) void again.current();
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

  const keep = useCallback(
    (next: { text: string; replyTo: string }) => {
      latest.current = next;
      setText(next.text);
      setReplyTo(next.replyTo);
      local.keepDraft({ ...next, intent: "" });
      setState(next.text ? "local" : "none");
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => void store(), STORED_AFTER);
    },
    [local, store],
  );
  const change = useCallback(
    (next: string | ((text: string) => string)) => {
      const value = typeof next === "function" ? next(latest.current.text) : next;
      if (value !== latest.current.text) keep({ ...latest.current, text: value });
    },
    [keep],
  );
  const reply = useCallback(
    (message: string) => {
      if (message !== latest.current.replyTo) keep({ ...latest.current, replyTo: message });
    },
    [keep],
  );

  useEffect(() => {
    left.current = false;
    if (local.draft()) void store(); // left by a page that ended before the console had it
    return () => {
      left.current = true;
      if (timer.current !== undefined) void store();
    };
  }, [local, store]);
  return { text, change, replyTo, reply, state, local };
}

function draftOf({ text, replyTo }: { text: string; replyTo: string }): Schemas["OwnDraft"] {
  return { text, template: null, reply_to: replyTo, intent: "", at: new Date().toISOString() };
}
