import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
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

/** Returns the latest conversation of a customer; null: there is none that may be seen. */
export async function conversationOf(workspace: string, customer: string): Promise<string | null> {
  const found = await answer(
    api.GET("/api/v1/workspaces/{workspace}/customers/{customer}/conversations", {
      params: { path: { workspace, customer } },
    }),
  );
  return found.items[0]?.id ?? null;
}
