import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";
import { useDraft } from "../builder/draft/DraftProvider";
import { useBuilder } from "../builder/layout";
import type { Answer, Heard, Setting, Turn } from "./talk";

const START: Setting = { customer: {}, now: "", silent: false, ad: "" };

/** A simulated conversation with the draft that is open: nothing is stored, sent or done. */
export function useTalk() {
  const { workspace } = useMember();
  const { flow } = useBuilder();
  const draft = useDraft();
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const [setting, setSetting] = useState<Setting>(START);
  const [tried, setTried] = useState<string | null>(null); // the text that the conversation is with
  const begun = useRef("");

  function ask(before: readonly Turn[], heard: Heard, modelSays: string): Promise<Answer> {
    const view = draft.get();
    const position = before.at(-1)?.answer.position ?? null;
    if (!before.length) begun.current = setting.now || new Date().toISOString();
    return answer(
      api.POST("/api/v1/workspaces/{workspace}/flows/simulate", {
        params: { path: { workspace } },
        body: {
          flow,
          source: view.source,
          position,
          heard: [{ title: "", ...heard }],
          model_says: modelSays,
          ...(before.length
            ? { customer: {}, silent: false }
            : { customer: setting.customer, silent: setting.silent, now: begun.current }),
        },
      }),
    );
  }

  const send = useMutation({
    mutationFn: async ({
      before,
      heard,
      modelSays,
    }: {
      before: readonly Turn[];
      heard: Heard;
      modelSays: string;
    }) => {
      setTried(draft.get().source);
      const found = await ask(before, heard, modelSays);
      setTurns([...before, { heard, answer: found, modelSays }]);
    },
  });
  const replay = useMutation({
    mutationFn: async () => {
      setTried(draft.get().source);
      let done: readonly Turn[] = [];
      for (const { heard, modelSays } of turns) {
        done = [...done, { heard, answer: await ask(done, heard, modelSays), modelSays }];
      }
      setTurns(done);
    },
  });

  /** The customer's first message comes by the ad. */
  function fromAd(heard: Heard): Heard {
    const first = !turns.some((turn) => turn.heard.text ?? turn.heard.media);
    return first && setting.ad && (heard.text || heard.media) ? { ...heard, ad: setting.ad } : heard;
  }

  function reset(next: Setting = setting) {
    setSetting(next);
    setTurns([]);
    setTried(null);
    send.reset();
    replay.reset();
  }

  return {
    turns,
    setting,
    flow,
    /** The time at which the conversation began. */
    begun: begun.current,
    tried,
    pending: send.isPending || replay.isPending,
    error: send.error ?? replay.error,
    say: (heard: Heard) => send.mutate({ before: turns, heard: fromAd(heard), modelSays: "" }),
    /** Does the last turn again, with what a model answers in it. */
    modelSays: (words: string) => {
      const last = turns.at(-1);
      if (last) send.mutate({ before: turns.slice(0, -1), heard: last.heard, modelSays: words });
    },
    back: () => setTurns(turns.slice(0, -1)),
    replay: () => replay.mutate(),
    reset,
  };
}

export type Talk = ReturnType<typeof useTalk>;
