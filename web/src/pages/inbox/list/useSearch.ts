import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useCallback, useEffect, useRef } from "react";
import { answer, api } from "../../../api/client";
import { useMember } from "../../../app/me";

const TYPING = 250;

/** Searches customers, orders and messages for what somebody types, a moment after the last key. */
export function useSearchResults(text: string, limitTo = "customers,orders,messages") {
  const { workspace } = useMember();
  const [wanted] = useDebouncedValue(text.trim(), TYPING);
  const query = useQuery({
    queryKey: [workspace, "search", wanted, limitTo],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/workspaces/{workspace}/search", {
          params: { path: { workspace }, query: { q: wanted, in: limitTo } },
          signal,
        }),
      ),
    enabled: wanted.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
  return { ...query, isWaiting: query.isPending || wanted !== text.trim() };
}

/**
 * Returns a function that asks for something and goes on with the answer, unless the person has asked for something
 * else meanwhile, or has gone elsewhere: a slow answer takes nobody away from what is being written.
 */
export function useLatest() {
  const router = useRouter();
  const calling = useRef<AbortController | null>(null);
  useEffect(() => () => calling.current?.abort(), []);
  return useCallback(
    async <T>(ask: (signal: AbortSignal) => Promise<T>, goOn: (found: T) => unknown) => {
      calling.current?.abort();
      const own = new AbortController();
      calling.current = own;
      const from = router.state.location.href;
      try {
        const found = await ask(own.signal);
        if (!own.signal.aborted && router.state.location.href === from) await goOn(found);
      } catch (error) {
        if (!own.signal.aborted) throw error;
      }
    },
    [router],
  );
}

/** Returns the latest conversation of a customer; null: there is none that may be seen. */
export async function conversationOf(
  workspace: string,
  customer: string,
  signal: AbortSignal,
): Promise<string | null> {
  const found = await answer(
    api.GET("/api/v1/workspaces/{workspace}/customers/{customer}/conversations", {
      params: { path: { workspace, customer } },
      signal,
    }),
  );
  return found.items[0]?.id ?? null;
}
