import { notifications } from "@mantine/notifications";
import { useCallback, useContext, useEffect, useRef, useState } from "react";
import { answer, api, newKey, type Schemas } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useTexts } from "../../../texts";
import { TimelineChange } from "../conversation/TimelineChange";
import { accept, begin, type Entry, withdraw } from "../conversation/timeline";
import { useCommands } from "../conversation/useCommands";
import type { LocalTexts } from "./outbox";

const SHOWN_OF_TEXT = 80;

type Content = Schemas["NewMessage"]["content"];

/** Something that a person sends. guard: who may have the conversation; null: take it over from anybody. */
export type Wanted = {
  content: Content;
  text: string;
  guard: string | null;
  note?: boolean;
  then?: "return-to-bot";
  labels?: readonly string[];
  /** The message that it replies to, as it is shown above the text. */
  quote?: Entry["quote"];
};

/** Why something was not sent. by: the colleague who has the conversation. */
export type Unsent = { wanted: Wanted; error: unknown; reason: string; by: string };

type Follower = "labels" | "return-to-bot";

// Keys of what this page is sending; it takes care of them itself.
const inFlight = new Set<string>();
// Messages that got no answer, by conversation: whoever leaves and comes back sends them with the same key.
const withoutAnswer = new Map<string, { body: string; intent: string }>();
// The composers that are shown, by conversation: a refusal may come after somebody has left, or has come back.
const shown = new Map<string, { current: (unsent: Unsent) => void }>();

type Where = { workspace: string; conversation: string };

/**
 * Sends messages and notes: shown at once, and withdrawn when they are refused; then `onBack` gets the text.
 * A message that got no answer keeps its key, so that sending it again cannot send it twice.
 */
export function useSend(
  { workspace, conversation }: Where,
  local: LocalTexts,
  onBack: (text: string, note: boolean, replyTo: string) => void,
) {
  const change = useContext(TimelineChange);
  const { outcomes } = useCommands();
  const [unsent, setUnsent] = useState<Unsent | null>(null);
  const [sending, setSending] = useState(0);
  const place = `${workspace} ${conversation}`;
  const back = useRef(onBack);
  back.current = onBack;
  const { composer: words } = useTexts();
  const own = useRef<(unsent: Unsent) => void>(() => {});
  own.current = (one) => {
    setUnsent(one);
    const { text, note = false, quote } = one.wanted;
    if (text) back.current(text, note, quote?.id ?? "");
  };
  useEffect(() => {
    shown.set(place, own);
    return () => {
      if (shown.get(place) === own) shown.delete(place);
    };
  }, [place]);

  const fail = useCallback(
    (wanted: Wanted, error: unknown, reason: string, by: string) => {
      const here = shown.get(place);
      if (!here) {
        const message = words.notSentElsewhere(wanted.text.slice(0, SHOWN_OF_TEXT));
        notifications.show({ message, color: "red", autoClose: false });
      }
      (here ?? own).current({ wanted, error, reason, by });
    },
    [place, words],
  );

  // The message went out; what was to follow did not happen, and the person believes that it did.
  const sayFailed = useCallback(
    (what: Follower) => notifications.show({ message: words.notDone[what], color: "red", autoClose: false }),
    [words],
  );

  const send = useCallback(
    async (wanted: Wanted) => {
      const replyTo = wanted.quote?.id ?? "";
      const body = bodyOf(wanted.content, wanted.note ?? false, replyTo);
      const before = withoutAnswer.get(place);
      const intent = before?.body === body ? before.intent : newKey();
      const note = wanted.note ?? false;
      setUnsent(null);
      setSending((count) => count + 1);
      inFlight.add(intent);
      local.keepOutgoing({ intent, command: "", text: wanted.text, note, replyTo });
      change((timeline) =>
        begin(timeline, {
          intent,
          id: null,
          command: null,
          kind: note ? "note" : "message",
          content: wanted.content as Record<string, unknown>,
          text: wanted.text,
          at: new Date().toISOString(),
          quote: wanted.quote ?? null,
        }),
      );
      try {
        const accepted = await post({ workspace, conversation }, wanted, intent);
        withoutAnswer.delete(place);
        const id = note ? accepted.command : (accepted.message ?? null);
        change((timeline) =>
          accept(timeline, intent, { command: accepted.command, id: id ?? accepted.command }),
        );
        local.keepOutgoing({ intent, command: accepted.command, text: wanted.text, note, replyTo });
        const outcome = await outcomes.of(accepted.command);
        if (outcome.state === "refused") {
          change((timeline) => withdraw(timeline, intent));
          fail(wanted, null, outcome.reason, outcome.by);
        } else await afterwards({ workspace, conversation }, wanted, sayFailed);
      } catch (error) {
        const open = error instanceof ProblemError && error.temporary;
        if (open) withoutAnswer.set(place, { body, intent });
        else withoutAnswer.delete(place);
        change((timeline) => withdraw(timeline, intent));
        fail(wanted, error, error instanceof ProblemError ? error.problem : "", "");
      } finally {
        local.dropOutgoing(intent);
        inFlight.delete(intent);
        setSending((count) => count - 1);
      }
    },
    [workspace, conversation, place, local, change, outcomes, fail, sayFailed],
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
        const body = bodyOf(wanted.content, one.note, one.replyTo ?? "");
        withoutAnswer.set(place, { body, intent: one.intent });
        local.dropOutgoing(one.intent);
        back.current(one.text, one.note, one.replyTo ?? "");
        continue;
      }
      void outcomes.of(one.command).then((outcome) => {
        local.dropOutgoing(one.intent);
        if (outcome.state === "refused") fail(wanted, null, outcome.reason, outcome.by);
      });
    }
  }, [local, outcomes, fail, place]);

  return { send, unsent, dismiss: () => setUnsent(null), isSending: sending > 0 };
}

/** Returns what tells one message from another: the same one again keeps its key. */
function bodyOf(content: Content, note: boolean, replyTo: string): string {
  return JSON.stringify([content, note, replyTo]);
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
          body: {
            content: wanted.content,
            if_assigned: wanted.guard,
            reply_to: wanted.quote?.id ?? "",
            replace_outside_window: false,
          },
        }),
      );
}

/** Does what was to follow a message: labels of a saved reply, and the return to the bot. */
async function afterwards(
  { workspace, conversation }: Where,
  wanted: Wanted,
  failed: (what: Follower) => void,
) {
  const params = () => ({ path: { workspace, conversation }, header: { "Idempotency-Key": newKey() } });
  if (wanted.labels?.length) {
    await answer(
      api.POST("/api/v1/workspaces/{workspace}/conversations/{conversation}/labels", {
        params: params(),
        body: { add: [...wanted.labels], remove: [] },
      }),
    ).catch(() => failed("labels"));
  }
  if (wanted.then === "return-to-bot") {
    await answer(
      api.POST("/api/v1/workspaces/{workspace}/conversations/{conversation}/return-to-bot", {
        params: params(),
        body: {},
      }),
    ).catch(() => failed("return-to-bot"));
  }
}
