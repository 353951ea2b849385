import { MutationCache, QueryClient } from "@tanstack/react-query";
import { ProblemError } from "../api/problem";

/** Live events keep the queries fresh, so nothing is fetched again on focus. */
export const queryClient = new QueryClient({
  mutationCache: new MutationCache(),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      networkMode: "always",
      retry: (count, error) =>
        count < 2 && error instanceof ProblemError && error.temporary && error.problem !== "took-too-long",
      retryDelay: (count, error) =>
        error instanceof ProblemError && error.retryAfter ? error.retryAfter * 1000 : 500 * 2 ** count,
    },
    mutations: { retry: false, networkMode: "always" },
  },
});
