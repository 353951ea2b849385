import { ErrorState } from "./ErrorState";

type Query = { isError: boolean; data: unknown; error: unknown; refetch: () => unknown };

/** Says above what is shown that it could not be fetched again. What is shown, and typed into it, stays. */
export function RefreshFailed({ query }: { query: Query }) {
  if (!query.isError || query.data === undefined) return null;
  return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
}
