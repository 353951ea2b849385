import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Schemas } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { bodyOf, openKeys, placeOf, textContent } from "./openKeys";
import { type Draft, isSameDraft, type KeptTemplate, keptTemplate, LocalTexts } from "./outbox";
import { hasDraft, storeDraft } from "./storeDraft";

const STORED_AFTER = 800;
const AGAIN_AFTER = 10_000;
const LONGEST = 8_000;

type Where = { workspace: string; person: string; conversation: string };

/**
 * A person's draft in a conversation: a text, the message that it replies to, a template that is being filled, and a note
 * for colleagues, apart from the text, so that it can never be sent to the customer by mistake. Each change is kept in this browser at once, and at the console soon after, with the key of a text that was sent without an
 * answer. stored: the draft that the console had when the conversation was opened.
 */
export function useDraft({ workspace, person, conversation }: Where, stored: Schemas["OwnDraft"] | null) {
  const local = useMemo(
    () => new LocalTexts(workspace, person, conversation),
    [workspace, person, conversation],
  );
  const client = useQueryClient();
  const [text, setText] = useState(() => local.draft()?.text ?? stored?.text ?? "");
  const [replyTo, setReplyTo] = useState(() => local.draft()?.replyTo ?? stored?.reply_to ?? "");
  const [note, setNote] = useState(() => local.draft()?.note ?? stored?.note ?? "");
  const [state, setState] = useState<"none" | "local" | "stored">(
    stored && !local.draft() ? "stored" : "none",
  );
  const [template, setTemplate] = useState(() => {
    const kept = local.draft();
    return kept ? kept.template : keptTemplate(stored?.template);
  });
  const place = placeOf(workspace, conversation);
  useState(() => keepKey(place, local.draft() ?? (stored && { ...stored, replyTo: stored.reply_to })));
  const intentOf = useCallback((one: Draft) => openKeys.ofDraft(place, one.text, one.replyTo), [place]);
  const latest = useRef<Draft>({ text, replyTo, template, note });
  const atConsole = useRef({
    text: stored?.text ?? "",
    replyTo: stored?.reply_to ?? "",
    template: keptTemplate(stored?.template),
    note: stored?.note ?? "",
    intent: stored?.intent ?? "",
  });
  const timer = useRef<number | undefined>(undefined);
  const queue = useRef<Promise<void>>(Promise.resolve());
  const left = useRef(false);

  const put = useCallback(async () => {
    const wanted = latest.current;
    const intent = intentOf(wanted);
    const known = atConsole.current;
    if (isSameDraft(wanted, known) && (!intent || intent === known.intent)) {
      local.dropDraft(wanted);
      setState("stored");
      return;
    }
    if (Math.max(wanted.text.length, wanted.note.length) > LONGEST) return;
    try {
      await storeDraft({ workspace, conversation }, wanted, intent);
      atConsole.current = { ...wanted, intent };
      client.setQueryData<Schemas["ConversationDetails"]>(
        [workspace, "conversation", conversation],
        (known) =>
          known ? { ...known, draft: hasDraft(wanted) ? draftOf({ ...wanted, intent }) : null } : known,
      );
      local.dropDraft(wanted);
      if (latest.current === wanted) setState("stored");
    } catch (error) {
      if (!maySucceedLater(error)) return; // it stays in this browser, and the next change is sent again
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => {
        // After the conversation was left, another composer may have written something newer.
        const kept = local.draft();
        if (!left.current || (kept && isSameDraft(kept, wanted))) void again.current();
      }, AGAIN_AFTER);
    }
  }, [client, workspace, conversation, local, intentOf]);

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
    (next: Draft) => {
      latest.current = next;
      setText(next.text);
      setReplyTo(next.replyTo);
      setTemplate(next.template);
      setNote(next.note);
      local.keepDraft({ ...next, intent: intentOf(next) });
      setState("local");
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => void store(), STORED_AFTER);
    },
    [local, store, intentOf],
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

  const fill = useCallback(
    (next: KeptTemplate | null) => {
      if (next !== latest.current.template) keep({ ...latest.current, template: next });
    },
    [keep],
  );

  const changeNote = useCallback((next: string) => keep({ ...latest.current, note: next }), [keep]);

  useEffect(() => {
    left.current = false;
    if (local.draft()) void store(); // left by a page that ended before the console had it
    return () => {
      left.current = true;
      if (timer.current !== undefined) void store();
    };
  }, [local, store]);
  const shown = (words: string) => (words ? state : "none");
  return {
    text,
    change,
    replyTo,
    reply,
    template,
    fill,
    state: shown(text),
    note: { text: note, change: changeNote, state: shown(note) },
    local,
  };
}

function draftOf({ replyTo, ...draft }: Draft & { intent: string }): Schemas["OwnDraft"] {
  return { ...draft, reply_to: replyTo, at: new Date().toISOString() };
}

/** Takes over the key of a draft that an earlier page, or another browser, sent without an answer. */
function keepKey(place: string, draft: { text: string; intent: string; replyTo?: string } | null) {
  if (!draft?.intent) return;
  const body = bodyOf(textContent(draft.text.trim()), false, draft.replyTo ?? "");
  if (!openKeys.of(place, body)) openKeys.keep(place, body, { intent: draft.intent, guard: "" });
}

/** A draft that is refused, such as one in a conversation that is no longer seen, is refused again. */
function maySucceedLater(error: unknown): boolean {
  return !(error instanceof ProblemError) || error.temporary || error.status === 401;
}
