import type { QueryClient, QueryKey } from "@tanstack/react-query";

/**
 * Returns how many requests it takes to fetch what is shown below a key anew: the most pages that a list has loaded. To
 * be multiplied with the rest between two fetches, so that a long list costs no more requests than a short one.
 */
export function pagesOf(client: QueryClient, queryKey: QueryKey): number {
  const shown = client.getQueryCache().findAll({ queryKey, type: "active" });
  return Math.max(1, ...shown.map(({ state }) => (state.data as { pages?: unknown[] })?.pages?.length ?? 1));
}
