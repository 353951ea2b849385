import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { answer, api, type Schemas } from "../../api/client";
import type { Persona } from "./persona";

export type PhoneItem = Schemas["PhoneItem"];
export type Choice = { id: string; title: string; row: boolean };
export type Writing = { text: string; option?: Choice };
/** A message on its way: shown at once, until it comes back from the simulators. */
export type Pending = Writing & { key: number; id?: string; failed?: boolean };

const TYPING_MS = 25_000;

/** Follows a conversation as the customer's phone shows it, by asking again as soon as an answer has come. */
export function useConversation(workspace: string, channel: string, number: string) {
  const [items, setItems] = useState<PhoneItem[]>([]);
  const since = useRef(0);
  const path = { workspace };
  const poll = useQuery({
    queryKey: ["phone", workspace, channel, number],
    queryFn: async ({ signal }) => {
      const query = { channel, number, since: since.current, wait: since.current ? 20 : 0 };
      const found = await answer(
        api.GET("/api/v1/workspaces/{workspace}/phone/messages", { params: { path, query }, signal }),
      );
      since.current = found.next;
      if (found.items.length > 0) setItems((known) => merged(known, found.items));
      return found.next;
    },
    refetchInterval: (query) => (query.state.status === "error" ? 3_000 : 50),
    refetchIntervalInBackground: true,
    gcTime: 0,
    staleTime: 0,
    retry: false,
    structuralSharing: false,
  });
  return { items, ready: poll.data !== undefined, error: poll.error };
}

/** Returns the items in order, each once. */
export function merged(known: PhoneItem[], found: PhoneItem[]): PhoneItem[] {
  const bySeq = new Map([...known, ...found].map((item) => [item.seq, item]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** Sends what the customer writes; keeps what is under way, and what failed until it is sent again. */
export function useWriting(workspace: string, channel: string, persona: Persona, items: PhoneItem[]) {
  const [pending, setPending] = useState<Pending[]>([]);
  const keys = useRef(0);
  const write = useMutation({
    mutationFn: ({ text, option }: Pending) =>
      answer(
        api.POST("/api/v1/workspaces/{workspace}/phone/messages", {
          params: { path: { workspace } },
          body: { channel, number: persona.number, name: persona.name, text, ...(option ? { option } : {}) },
        }),
      ),
    onSuccess: ({ id }, { key }) => change(key, { id }),
    onError: (_, { key }) => change(key, { failed: true }),
  });
  const change = (key: number, by: Partial<Pending>) =>
    setPending((all) => all.map((one) => (one.key === key ? { ...one, ...by } : one)));
  function send(writing: Writing) {
    keys.current += 1;
    const made = { ...writing, key: keys.current };
    setPending((all) => [...all, made]);
    write.mutate(made);
  }
  function again(failed: Pending) {
    change(failed.key, { failed: false });
    write.mutate({ ...failed, failed: false });
  }
  const arrived = new Set(items.map((item) => item.id));
  return { pending: pending.filter((one) => !one.id || !arrived.has(one.id)), send, again };
}

/** Returns whether the business is typing: since its sign, until its next message, at most 25 s. */
export function useTyping(items: PhoneItem[]): boolean {
  const last = items.filter((item) => item.kind === "typing" || item.kind === "message").at(-1);
  const since = last?.kind === "typing" ? last.at * 1000 : 0;
  const [, redraw] = useState(0);
  useEffect(() => {
    if (!since) return;
    const timer = window.setTimeout(() => redraw((n) => n + 1), Math.max(0, since + TYPING_MS - Date.now()));
    return () => window.clearTimeout(timer);
  }, [since]);
  return since > 0 && Date.now() - since < TYPING_MS;
}
