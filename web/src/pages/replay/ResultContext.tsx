import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMember } from "../../app/me";
import { useTexts } from "../../texts";
import { ErrorState } from "../../ui/ErrorState";
import { contextQuery } from "./queries";
import shared from "./Replay.module.css";
import classes from "./ResultContext.module.css";

/** The messages before a message. */
export function ResultContext({ replay, result }: { replay: string; result: string }) {
  const { replay: texts } = useTexts();
  const { workspace } = useMember();
  const query = useQuery(contextQuery(workspace, replay, result));
  if (query.isPending) return <Skeleton height={60} my="xs" />;
  if (query.isError && !query.data)
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const { items } = query.data;
  return (
    <ol className={classes.context} aria-label={texts.before}>
      {items.length === 0 && <li className={classes.contextNone}>{texts.firstMessage}</li>}
      {items.map((item, place) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: what was said before never changes
          key={place}
          className={classes.contextItem}
          data-ours={item.ours || undefined}
        >
          <span className={shared.hidden}>{item.ours ? texts.ours : texts.customer}: </span>
          {item.text}
        </li>
      ))}
    </ol>
  );
}
