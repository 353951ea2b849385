import { notifications } from "@mantine/notifications";
import { useCallback, useContext, useEffect, useRef, useState } from "react";
import { answer, api, newKey, type Schemas } from "../../../api/client";
import { ProblemError } from "../../../api/problem";
import { useTexts } from "../../../texts";
import { TimelineChange } from "../conversation/TimelineChange";
import { accept, begin, type Entry, withdraw } from "../conversation/timeline";
import { type CommandOutcomes, useCommands } from "../conversation/useCommands";
import { bodyOf, openKeys, placeOf, textContent } from "./openKeys";
import type { LocalTexts, Outgoing } from "./outbox";

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

/** Why something was not sent. intent: of the request. by: the colleague who has the conversation. */
export type Unsent = { intent: string; wanted: Wanted; error: unknown; reason: string; by: string };

/** The reason of a message of an earlier page that got no answer. */
export const NO_ANSWER = "no-answer";

/** Says whether a message that was not sent is back in the composer. Files and templates do not fit into a text. */
export const comesBack = ({ content }: Wanted): boolean => content.type === "text";

type Follower = "labels" | "return-to-bot";

// Keys of what this page is sending; it takes care of them itself.
const inFlight = new Set<string>();
// The composers that are shown, by conversation: a refusal may come after somebody has left, or has come back.
const shown = new Map<string, { current: (unsent: Unsent) => void }>();

type Where = { workspace: string; conversation: string };

/**
 * Sends messages and notes: shown at once, and withdrawn when they are refused. Then `onBack` gets a text; files and
 * templates wait in `unsent`, and in this browser, until they are sent again or dismissed.
 * A message that got no answer keeps its key, so that sending it again cannot send it twice.
 */
export function useSend(
  { workspace, conversation }: Where,
  local: LocalTexts,
  onBack: (wanted: Wanted) => void,
) {
  const change = useContext(TimelineChange);
  const { outcomes } = useCommands();
  const [unsent, setUnsent] = useState<readonly Unsent[]>([]);
  const [sending, setSending] = useState(0);
  const place = placeOf(workspace, conversation);
  const { composer: words } = useTexts();
  const back = useRef(onBack);
  back.current = onBack;
  const own = useRef<(unsent: Unsent) => void>(() => {});
  own.current = (one) => {
    const isText = comesBack(one.wanted);
    setUnsent((now) => [
      ...now.filter((other) => other.intent !== one.intent && !(isText && comesBack(other.wanted))),
      one,
    ]);
    if (isText) back.current(one.wanted);
  };
  useEffect(() => {
    shown.set(place, own);
    return () => {
      if (shown.get(place) === own) shown.delete(place);
    };
  }, [place]);

  const fail = useCallback(
    (one: Unsent) => {
      const here = shown.get(place);
      if (!here) {
        const message = words.notSentElsewhere(one.wanted.text.slice(0, SHOWN_OF_TEXT));
        notifications.show({ message, color: "red", autoClose: false });
      }
      (here ?? own).current(one);
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
      const note = wanted.note ?? false;
      const body = bodyOf(wanted.content, note, replyTo);
      const before = openKeys.of(place, body);
      const key = before ?? { intent: newKey(), guard: wanted.guard };
      const { intent } = key;
      const outgoing: Outgoing = {
        ...{ intent, command: "", text: wanted.text, note, replyTo, guard: key.guard },
        ...(comesBack(wanted) ? {} : { content: wanted.content }),
      };
      let waits = false;
      let posting = true;
      const posted = () => {
        if (posting) setSending((count) => count - 1);
        posting = false;
      };
      setUnsent((now) => now.filter((one) => !comesBack(one.wanted) && one.intent !== intent));
      setSending((count) => count + 1);
      inFlight.add(intent);
      local.keepOutgoing(outgoing);
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
        const accepted = await post({ workspace, conversation }, { ...wanted, guard: key.guard }, intent);
        posted();
        openKeys.end(place, body, intent);
        const id = note ? accepted.command : (accepted.message ?? null);
        change((timeline) =>
          accept(timeline, intent, { command: accepted.command, id: id ?? accepted.command }),
        );
        local.keepOutgoing({ ...outgoing, command: accepted.command });
        const outcome = await outcomes.of(accepted.command);
        if (outcome.state === "refused") {
          waits = !comesBack(wanted);
          change((timeline) => withdraw(timeline, intent));
          fail({ intent, wanted, error: null, reason: outcome.reason, by: outcome.by });
        } else await afterwards({ workspace, conversation }, wanted, outcomes, sayFailed);
      } catch (error) {
        waits = !comesBack(wanted);
        // A refusal of this request says nothing of an earlier one with the same key, which got no answer.
        const [open, used] =
          error instanceof ProblemError ? [error.temporary, error.problem === "key-reused"] : [false, false];
        if (open) openKeys.keep(place, body, key);
        else if (used || !before) openKeys.end(place, body, intent);
        change((timeline) => withdraw(timeline, intent));
        const reason = error instanceof ProblemError ? error.problem : "";
        fail({ intent, wanted, error, reason, by: "" });
      } finally {
        if (!waits) local.dropOutgoing(intent);
        inFlight.delete(intent);
        posted();
      }
    },
    [workspace, conversation, place, local, change, outcomes, fail, sayFailed],
  );

  // Messages whose outcome an earlier page did not learn, and those that still wait to be sent again.
  useEffect(() => {
    for (const one of local.outgoing()) {
      if (inFlight.has(one.intent)) continue;
      const { intent, note, replyTo = "", guard = "" } = one;
      const content = one.content ?? textContent(one.text);
      const quote = replyTo ? { quote: { id: replyTo, author: "", text: "" } } : {};
      const wanted: Wanted = { content, text: one.text, guard, note, ...quote };
      if (!one.command) {
        openKeys.keep(place, bodyOf(content, note, replyTo), { intent, guard });
        if (comesBack(wanted)) {
          local.dropOutgoing(intent);
          back.current(wanted);
        } else own.current({ intent, wanted, error: null, reason: NO_ANSWER, by: "" });
        continue;
      }
      void outcomes.of(one.command).then((outcome) => {
        const refused = outcome.state === "refused";
        if (!refused || comesBack(wanted)) local.dropOutgoing(intent);
        if (refused) fail({ intent, wanted, error: null, reason: outcome.reason, by: outcome.by });
      });
    }
  }, [local, outcomes, fail, place]);

  const dismiss = useCallback(
    (one: Unsent) => {
      local.dropOutgoing(one.intent);
      setUnsent((now) => now.filter((other) => other !== one));
    },
    [local],
  );
  /** Sends once more what was not sent; `more`: changes of it. */
  const again = useCallback(
    (one: Unsent, more: Partial<Wanted> = {}) => {
      dismiss(one);
      return send({ ...one.wanted, ...more });
    },
    [dismiss, send],
  );
  return { send, again, unsent, dismiss, isSending: sending > 0 };
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
  outcomes: CommandOutcomes,
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
    try {
      const { command } = await answer(
        api.POST("/api/v1/workspaces/{workspace}/conversations/{conversation}/return-to-bot", {
          params: params(),
          body: { if_assigned: "" },
        }),
      );
      if ((await outcomes.of(command)).state === "refused") failed("return-to-bot");
    } catch {
      failed("return-to-bot");
    }
  }
}
