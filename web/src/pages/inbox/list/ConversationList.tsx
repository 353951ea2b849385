import { Alert, Button, Loader, Text } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useShortcuts } from "../../../app/shortcuts";
import { useInboxList } from "../../../live/useInboxList";
import type { View } from "../../../live/view";
import { useTexts } from "../../../texts";
import { ErrorState, words } from "../../../ui/ErrorState";
import classes from "./ConversationList.module.css";
import { ListRow } from "./ListRow";
import { RowSkeletons } from "./RowSkeletons";
import { type Held, held, inHeldOrder } from "./stableOrder";

const ROW_HEIGHT = 86;
const TOP = 24; // pixels that do not count as scrolled down
const LOAD_BEFORE_END = 15;

type Props = {
  view: View;
  active: string | undefined;
  empty: ReactNode;
  onEmpty: (empty: boolean) => void;
};

/** The conversations of a folder. Only what can be seen is in the page, and nothing moves while somebody scrolls. */
export function ConversationList({ view, active, empty, onEmpty }: Props) {
  const texts = useTexts();
  const { inbox } = texts;
  const scroller = useRef<HTMLDivElement>(null);
  const order = useRef<Held | null>(null);
  const [atTop, setAtTop] = useState(true);
  const { query, rows, behind, fromTheTop, among } = useInboxList(view, atTop);
  const { shown, news } = useMemo(() => {
    if (atTop) order.current = null;
    else order.current ??= held(rows);
    return order.current ? inHeldOrder(rows, order.current) : { shown: rows, news: 0 };
  }, [rows, atTop]);
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => shown[index]?.id ?? index,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const end = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query;
  useEffect(() => {
    const wanted = end >= shown.length - LOAD_BEFORE_END && shown.length > 0;
    if (wanted && hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [end, shown.length, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  const isEmpty = query.isSuccess && rows.length === 0;
  useEffect(() => {
    onEmpty(isEmpty);
    return () => onEmpty(false);
  }, [isEmpty, onEmpty]);
  useShortcuts({ j: () => move(1), k: () => move(-1) });

  function move(step: number) {
    const focused = document.activeElement?.closest<HTMLElement>("[data-row]")?.dataset.row ?? active;
    const index = shown.findIndex((row) => row.id === focused);
    const next = Math.min(shown.length - 1, Math.max(0, index + step));
    virtual.scrollToIndex(next);
    requestAnimationFrame(() =>
      scroller.current
        ?.querySelector<HTMLElement>(`[data-index="${next}"] a`)
        ?.focus({ preventScroll: true }),
    );
  }

  function toTop() {
    scroller.current?.scrollTo({ top: 0 });
    setAtTop(true);
    if (behind) fromTheTop();
  }

  if (query.isPending) return <RowSkeletons height={ROW_HEIGHT} />;
  if (query.isError && !rows.length)
    return (
      <div className={classes.state}>
        <ErrorState error={query.error} onRetry={() => query.refetch()} />
      </div>
    );
  return (
    <div className={classes.list}>
      {query.isError && (
        <Alert color="orange" py={6} px="sm" radius={0} role="status">
          {words(query.error, texts)}{" "}
          <button type="button" className={classes.inline} onClick={() => query.refetch()}>
            {texts.common.tryAgain}
          </button>
        </Alert>
      )}
      {(news > 0 || behind) && !atTop && (
        <Button
          className={classes.pill}
          size="xs"
          radius="xl"
          leftSection={<IconArrowUp size={14} />}
          onClick={toTop}
        >
          {news > 0 ? inbox.news(news) : inbox.newsAbove}
        </Button>
      )}
      <div
        ref={scroller}
        className={classes.scroller}
        onScroll={(event) => setAtTop(event.currentTarget.scrollTop <= TOP)}
      >
        {rows.length === 0 ? (
          empty
        ) : (
          <ul
            className={classes.rows}
            style={{ height: virtual.getTotalSize() }}
            aria-label={inbox.conversations}
          >
            {items.map((item) => {
              const row = shown[item.index];
              return (
                row && (
                  <li
                    key={item.key}
                    data-index={item.index}
                    data-row={row.id}
                    aria-setsize={hasNextPage ? -1 : shown.length}
                    aria-posinset={item.index + 1}
                    className={classes.place}
                    style={{ height: item.size, transform: `translateY(${item.start}px)` }}
                  >
                    <ListRow row={row} active={row.id === active} />
                  </li>
                )
              );
            })}
          </ul>
        )}
        {among !== null && rows.length > 0 && (
          <Text size="xs" c="dimmed" className={classes.more}>
            {inbox.compared(among)}
          </Text>
        )}
        {isFetchingNextPage && (
          <div className={classes.more} role="status" aria-label={texts.common.loading}>
            <Loader size="xs" />
          </div>
        )}
        {isFetchNextPageError && (
          <div className={classes.more}>
            <Button variant="default" size="xs" onClick={() => void fetchNextPage()}>
              {texts.common.tryAgain}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}
