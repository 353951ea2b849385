import { useRef } from "react";
import { newKey } from "../api/client";
import { ProblemError } from "../api/problem";

type Intent = { key: string; of: string };

/**
 * Returns a function that carries out a request with the key of its intent: the same request again, because no answer
 * came or somebody pressed twice, has the same key and is carried out once. Another request has another key.
 * A request that makes a command waits in `send` for its outcome too: until it is known, the key is kept.
 */
export function useIntent() {
  const intent = useRef<Intent | null>(null);
  return async function once<T>(body: unknown, send: (key: string) => Promise<T>): Promise<T> {
    intent.current = intentOf(intent.current, body);
    try {
      const done = await send(intent.current.key);
      intent.current = null;
      return done;
    } catch (error) {
      const open = error instanceof ProblemError && (error.temporary || error.status === 401);
      if (!open) intent.current = null;
      throw error;
    }
  };
}

/** Returns the intent of a request: the one before if the request is the same. */
export function intentOf(before: Intent | null, body: unknown): Intent {
  const of = JSON.stringify(body ?? null);
  return before?.of === of ? before : { key: newKey(), of };
}
