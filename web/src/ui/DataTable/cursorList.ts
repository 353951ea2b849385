import { type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";

/** all_compared: of a search: false if it left out matches that it did not compare with what the member may see. */
export type CursorPage<Row> = { items: Row[]; next?: string | null; all_compared?: boolean };

export type CursorList<Row> = {
  rows: readonly Row[];
  isPending: boolean;
  error: unknown;
  hasMore: boolean;
  /** The search has more matches than were compared with what the member may see. */
  isCut?: boolean;
  isLoadingMore: boolean;
  loadMore: () => void;
  retry: () => void;
};

type Load<Row> = (cursor: string | undefined, signal: AbortSignal) => Promise<CursorPage<Row>>;

/** Reads a list of the API page after page. key: begins with the workspace and has all filters. */
export function useCursorList<Row>(key: QueryKey, load: Load<Row>): CursorList<Row> {
  const query = useInfiniteQuery({
    queryKey: key,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  return {
    rows,
    isPending: query.isPending,
    error: query.error,
    hasMore: query.hasNextPage,
    isCut: query.data?.pages.some((page) => page.all_compared === false),
    isLoadingMore: query.isFetchingNextPage,
    loadMore: () => void query.fetchNextPage(),
    retry: () => void query.refetch(),
  };
}

/** Returns a list that is all there, for a table of rows without pages. */
export function wholeList<Row>(query: {
  data?: readonly Row[];
  isPending: boolean;
  error: unknown;
  refetch: () => unknown;
}): CursorList<Row> {
  return {
    rows: query.data ?? [],
    isPending: query.isPending,
    error: query.error,
    hasMore: false,
    isLoadingMore: false,
    loadMore: () => {},
    retry: () => void query.refetch(),
  };
}
