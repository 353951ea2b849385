import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { answer, api } from "../api/client";
import { useMember } from "../app/me";
import { useNow } from "../time/useNow";
import { useLive } from "./LiveProvider";
import { mergeRows, type RowPage } from "./merge";
import { belongs, type View } from "./view";

const ROWS = 50;
const MOST_UNREAD = 100;
type Pages = InfiniteData<RowPage, string | undefined>;

/**
 * Returns the rows of a list, brought up to date by live events. atTop: nobody has scrolled down, so that the list may
 * be fetched anew from its first page; otherwise `behind` says that there is more to see above. of: what the rows are for;
 * each has pages of its own, so that fetching one anew from the top does not take pages from somebody who reads another.
 */
export function useInboxList(view: View, atTop: boolean, of: "list" | "count" = "list") {
  const { workspace, me } = useMember();
  const { rows: fresh, refresh } = useLive();
  const client = useQueryClient();
  const [behind, setBehind] = useState(false);
  const { folder, label, channel, sort, unread = false } = view;
  const query = useInfiniteQuery({
    queryKey: [workspace, "conversations", { folder, label, channel, sort, unread, of }],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }): Promise<RowPage> => {
      const asOf = fresh.mark();
      if (unread) return { ...(await fetchUnread(workspace, { folder, label, channel }, signal)), asOf };
      const about = {
        folder,
        label,
        channel,
        sort,
        limit: ROWS,
        ...(pageParam ? { cursor: pageParam } : {}),
      };
      const page = await answer(
        api.GET("/api/v1/workspaces/{workspace}/conversations", {
          params: { path: { workspace }, query: about },
          signal,
        }),
      );
      return { items: page.items, next: page.next ?? null, asOf };
    },
    getNextPageParam: (last) => last.next ?? undefined,
    refetchOnMount: "always", // unread messages are not fetched while a list is not shown
  });
  const version = useSyncExternalStore(fresh.subscribe, fresh.version);
  const now = useNow();
  const pages = query.data?.pages;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` stands for the content of `fresh`
  const rows = useMemo(
    () => mergeRows(pages ?? [], fresh, { folder, label, channel, sort, unread }, me.id, now),
    [pages, fresh, version, folder, label, channel, sort, unread, me.id, now],
  );
  const fromTheTop = useCallback(() => {
    setBehind(false);
    const queryKey = [workspace, "conversations", { folder, label, channel, sort, unread, of }];
    client.setQueryData<Pages>(queryKey, (data) => data && firstPage(data));
    void client.invalidateQueries({ queryKey });
  }, [client, workspace, folder, label, channel, sort, unread, of]);
  useEffect(() => {
    const shown = { folder, label, channel, sort };
    return refresh.show({
      wants: (row) => belongs(row, shown, me.id, Date.now()),
      stale: () => (atTop ? fromTheTop() : setBehind(true)),
    });
  }, [refresh, folder, label, channel, sort, me.id, atTop, fromTheTop]);
  // A list that is left keeps its first page only, so that coming back does not fetch all others.
  useEffect(() => {
    const queryKey = [workspace, "conversations", { folder, label, channel, sort, unread, of }];
    return () => void client.setQueryData<Pages>(queryKey, (data) => data && firstPage(data));
  }, [client, workspace, folder, label, channel, sort, unread, of]);
  return { query, rows, behind, fromTheTop, among: pages?.[0]?.among ?? null };
}

/** Returns the unread conversations among the newest ones of a folder, as one page. */
async function fetchUnread(
  workspace: string,
  about: Pick<View, "folder" | "label" | "channel">,
  signal: AbortSignal,
): Promise<Omit<RowPage, "asOf">> {
  const query = { ...about, limit: MOST_UNREAD };
  const found = await answer(
    api.GET("/api/v1/workspaces/{workspace}/conversations/unread", {
      params: { path: { workspace }, query },
      signal,
    }),
  );
  return { items: found.items, next: null, among: found.all_compared ? null : found.compared };
}

function firstPage(data: Pages): Pages {
  return { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) };
}
