import { useCallback, useContext, useEffect, useRef, useState } from "react";
import { answer, api, newKey, type Schemas } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { TimelineChange } from "../conversation/TimelineChange";
import { accept, begin, withdraw } from "../conversation/timeline";
import { useCommands } from "../conversation/useCommands";
import type { LocalTexts } from "./outbox";

type Content = Schemas["NewMessage"]["content"];

/** Something that a person sends. guard: who may have the conversation; null: take it over from anybody. */
export type Wanted = {
  content: Content;
  text: string;
  guard: string | null;
  note?: boolean;
  then?: "return-to-bot";
  labels?: readonly string[];
};

/** Why something was not sent. by: the colleague who has the conversation. */
export type Unsent = { wanted: Wanted; error: unknown; reason: string; by: string };

// Keys of what this page is sending; it takes care of them itself.
const inFlight = new Set<string>();

type Where = { workspace: string; conversation: string };

/**
 * Sends messages and notes: shown at once, and withdrawn when they are refused; then `onBack` gets the text.
 * A message that got no answer keeps its key, so that sending it again cannot send it twice.
 */
export function useSend(
  { workspace, conversation }: Where,
  local: LocalTexts,
  onBack: (text: string, note: boolean) => void,
) {
  const change = useContext(TimelineChange);
  const { outcomes } = useCommands();
  const [unsent, setUnsent] = useState<Unsent | null>(null);
  const [sending, setSending] = useState(0);
  const unanswered = useRef<{ body: string; intent: string } | null>(null);
  const back = useRef(onBack);
  back.current = onBack;

  const fail = useCallback((wanted: Wanted, error: unknown, reason: string, by: string) => {
    setUnsent({ wanted, error, reason, by });
    if (wanted.text) back.current(wanted.text, wanted.note ?? false);
  }, []);

  const send = useCallback(
    async (wanted: Wanted) => {
      const body = JSON.stringify([wanted.content, wanted.note ?? false]);
      const intent = unanswered.current?.body === body ? unanswered.current.intent : newKey();
      const note = wanted.note ?? false;
      setUnsent(null);
      setSending((count) => count + 1);
      inFlight.add(intent);
      local.keepOutgoing({ intent, command: "", text: wanted.text, note });
      change((timeline) =>
        begin(timeline, {
          intent,
          id: null,
          command: null,
          kind: note ? "note" : "message",
          content: wanted.content as Record<string, unknown>,
          text: wanted.text,
          at: new Date().toISOString(),
        }),
      );
      try {
        const accepted = await post({ workspace, conversation }, wanted, intent);
        unanswered.current = null;
        const id = note ? accepted.command : (accepted.message ?? null);
        change((timeline) =>
          accept(timeline, intent, { command: accepted.command, id: id ?? accepted.command }),
        );
        local.keepOutgoing({ intent, command: accepted.command, text: wanted.text, note });
        const outcome = await outcomes.of(accepted.command);
        if (outcome.state === "refused") {
          change((timeline) => withdraw(timeline, intent));
          fail(wanted, null, outcome.reason, outcome.by);
        } else await afterwards({ workspace, conversation }, wanted);
      } catch (error) {
        const open = error instanceof ProblemError && error.temporary;
        unanswered.current = open ? { body, intent } : null;
        change((timeline) => withdraw(timeline, intent));
        fail(wanted, error, error instanceof ProblemError ? error.problem : "", "");
      } finally {
        local.dropOutgoing(intent);
        inFlight.delete(intent);
        setSending((count) => count - 1);
      }
    },
    [workspace, conversation, local, change, outcomes, fail],
  );

  // Messages whose outcome an earlier page did not learn.
  useEffect(() => {
    for (const one of local.outgoing()) {
      if (inFlight.has(one.intent)) continue;
      const wanted: Wanted = {
        content: { type: "text", body: one.text, preview_url: true },
        text: one.text,
        guard: "",
        note: one.note,
      };
      if (!one.command) {
        unanswered.current = { body: JSON.stringify([wanted.content, one.note]), intent: one.intent };
        local.dropOutgoing(one.intent);
        back.current(one.text, one.note);
        continue;
      }
      void outcomes.of(one.command).then((outcome) => {
        local.dropOutgoing(one.intent);
        if (outcome.state === "refused") fail(wanted, null, outcome.reason, outcome.by);
      });
    }
  }, [local, outcomes, fail]);

  return { send, unsent, dismiss: () => setUnsent(null), isSending: sending > 0 };
}

function post({ workspace, conversation }: Where, wanted: Wanted, key: string) {
  const params = { path: { workspace, conversation }, header: { "Idempotency-Key": key } };
  return wanted.note
    ? answer(
        api.POST("/api/v1/workspaces/{workspace}/conversations/{conversation}/notes", {
          params,
          body: { text: wanted.text },
        }),
      )
    : answer(
        api.POST("/api/v1/workspaces/{workspace}/conversations/{conversation}/messages", {
          params,
          body: { content: wanted.content, if_assigned: wanted.guard, replace_outside_window: false },
        }),
      );
}

/** Does what was to follow a message: labels of a saved reply, and the return to the bot. */
async function afterwards({ workspace, conversation }: Where, wanted: Wanted) {
  const params = () => ({ path: { workspace, conversation }, header: { "Idempotency-Key": newKey() } });
  if (wanted.labels?.length) {
    await answer(
      api.POST("/api/v1/workspaces/{workspace}/conversations/{conversation}/labels", {
        params: params(),
        body: { add: [...wanted.labels], remove: [] },
      }),
    ).catch(() => {});
  }
  if (wanted.then === "return-to-bot") {
    await answer(
      api.POST("/api/v1/workspaces/{workspace}/conversations/{conversation}/return-to-bot", {
        params: params(),
        body: {},
      }),
    ).catch(() => {});
  }
}
