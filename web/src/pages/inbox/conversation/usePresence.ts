import { useEffect, useState } from "react";
import { useMember } from "../../../app/me";
import type { Who } from "../../../live/frames";
import { useLive } from "../../../live/LiveProvider";

const GONE_AFTER = 9_000;

/** Returns the names of colleagues who view a conversation and of those who type in it. */
export function usePresence(conversation: string): { viewing: string[]; typing: string[] } {
  const { listen } = useLive();
  const { me } = useMember();
  const [viewing, setViewing] = useState<string[]>([]);
  const [typing, setTyping] = useState<Map<string, number>>(new Map());
  useEffect(() => {
    const others = (who: Who[]) => who.filter((one) => one.id !== me.id).map((one) => one.name);
    return listen((frame) => {
      if (frame.type === "viewing" && frame.data.conversation === conversation) {
        setViewing(others(frame.data.who));
      }
      if (frame.type !== "typing:start" && frame.type !== "typing:stop") return;
      const { who } = frame.data;
      if (frame.data.conversation !== conversation || who.id === me.id) return;
      setTyping((now) => {
        const next = new Map(now);
        if (frame.type === "typing:start") next.set(who.name, Date.now());
        else next.delete(who.name);
        return next;
      });
    });
  }, [listen, conversation, me.id]);
  useEffect(() => {
    if (typing.size === 0) return;
    const timer = window.setTimeout(
      () => setTyping((now) => new Map([...now].filter(([, at]) => Date.now() - at < GONE_AFTER))),
      GONE_AFTER,
    );
    return () => window.clearTimeout(timer);
  }, [typing]);
  return { viewing, typing: [...typing.keys()] };
}
