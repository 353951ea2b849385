import { Popover, Text, UnstyledButton } from "@mantine/core";
import { memo } from "react";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import classes from "./Bubble.module.css";
import { BubbleActions, type Refer } from "./BubbleActions";
import { Content } from "./Content";
import { ProgressLine } from "./ProgressLine";
import { RichText } from "./RichText";
import type { Reaction } from "./rows";
import type { Entry, Pending } from "./timeline";
import { useNames } from "./useNames";

type Props = {
  entry: Entry;
  joined: boolean;
  chosen: string | undefined;
  found: boolean;
  onWhy: (entry: Entry) => void;
  onQuote: (id: string) => void;
  reactions: readonly Reaction[] | undefined;
  refer: Refer | null;
};

/** A message or a note: the customer's at the start, ours at the end. */
export const Bubble = memo(function Bubble(props: Props) {
  const { entry, joined, chosen, found, onWhy, onQuote, reactions, refer } = props;
  const { conversation: t } = useTexts();
  const format = useFormat();
  const ours = entry.author !== "customer";
  const failed = entry.delivery?.state === "failed";
  const tone = entry.kind === "note" ? "note" : failed ? "failed" : undefined;
  return (
    <div
      className={classes.line}
      data-side={ours ? "end" : "start"}
      data-first={!joined || undefined}
      data-tone={tone}
      data-found={found || undefined}
      data-message={entry.id}
    >
      <article className={classes.bubble}>
        {!joined && <Author entry={entry} />}
        {entry.quote && <Quote quote={entry.quote} onQuote={onQuote} />}
        {entry.kind === "note" ? (
          <RichText text={entry.text ?? ""} />
        ) : (
          <Content entry={entry} chosen={chosen} />
        )}
        <div className={classes.foot}>
          {entry.edited_at && !entry.taken_back_at && <Earlier entry={entry} />}
          {entry.delivery && <ProgressLine entry={entry} delivery={entry.delivery} />}
          {ours && entry.kind === "message" && (
            <UnstyledButton
              className={classes.why}
              onClick={() => onWhy(entry)}
              aria-label={t.whyFor((entry.text ?? "").slice(0, 60))}
            >
              {t.why}
            </UnstyledButton>
          )}
          <time dateTime={entry.at} title={format.dateTime(entry.at)}>
            {format.time(entry.at)}
          </time>
        </div>
        {reactions && reactions.length > 0 && (
          <span className={classes.reactions}>
            {reactions.map((one) => (
              <span
                key={one.author}
                role="img"
                aria-label={
                  one.author === "customer" ? t.reactionOfCustomer(one.emoji) : t.reactionOfUs(one.emoji)
                }
                title={
                  one.author === "customer" ? t.reactionOfCustomer(one.emoji) : t.reactionOfUs(one.emoji)
                }
              >
                {one.emoji}
              </span>
            ))}
          </span>
        )}
      </article>
      {!ours && !entry.taken_back_at && refer && (
        <BubbleActions
          entry={entry}
          refer={refer}
          own={reactions?.find((one) => one.author === "agent")?.emoji ?? ""}
        />
      )}
    </div>
  );
});

/** A message or note that is being sent. */
export function PendingBubble({ pending }: { pending: Pending }) {
  const { conversation: t } = useTexts();
  const format = useFormat();
  return (
    <div
      className={classes.line}
      data-side="end"
      data-first
      data-pending
      data-tone={pending.kind === "note" ? "note" : undefined}
      data-message={pending.id ?? undefined}
    >
      <article className={classes.bubble}>
        <div className={classes.author}>{pending.kind === "note" ? t.note : t.you}</div>
        {pending.quote && <Quote quote={pending.quote} onQuote={() => {}} />}
        <RichText text={pending.text} />
        <div className={classes.foot}>
          <span>{t.sending}</span>
          <time dateTime={pending.at}>{format.time(pending.at)}</time>
        </div>
      </article>
    </div>
  );
}

function Author({ entry }: { entry: Entry }) {
  const { conversation: t } = useTexts();
  const nameOf = useNames();
  const words = useAuthorWords();
  if (entry.author === "customer") return null;
  if (entry.kind === "note") {
    return (
      <div className={classes.author}>
        {nameOf(entry.by ?? "")} · {t.note}
      </div>
    );
  }
  return <div className={classes.author}>{words(entry)}</div>;
}

/** Returns who wrote a message, in words. */
export function useAuthorWords(): (entry: Partial<Entry>) => string {
  const { conversation: t } = useTexts();
  const nameOf = useNames();
  return (entry) => {
    if (entry.content?.type === "on_phone") return t.onPhone;
    switch (entry.author) {
      case "customer":
        return t.customer;
      case "faq":
        return t.faq;
      case "flow":
        return [entry.flow ? t.flowOf(entry.flow) : t.flow, entry.step].filter(Boolean).join(" · ");
      case "ai":
        return [t.ai, entry.model].filter(Boolean).join(" · ");
      case "agent":
        return entry.by ? nameOf(entry.by) : t.colleague;
      case "broadcast":
        return t.broadcast;
      default:
        return t.system;
    }
  };
}

function Quote({ quote, onQuote }: { quote: NonNullable<Entry["quote"]>; onQuote: (id: string) => void }) {
  const { conversation: t } = useTexts();
  const words = useAuthorWords();
  return (
    <UnstyledButton className={classes.quote} onClick={() => onQuote(quote.id)}>
      <Text size="xs" fw={600}>
        {t.quoted(words({ author: quote.author }))}
      </Text>
      <span className={classes.quoteText} dir="auto">
        {quote.text}
      </span>
    </UnstyledButton>
  );
}

function Earlier({ entry }: { entry: Entry }) {
  const { conversation: t } = useTexts();
  const format = useFormat();
  return (
    <Popover width={280} withinPortal>
      <Popover.Target>
        <UnstyledButton className={classes.why}>{t.edited}</UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="xs" fw={600}>
          {t.earlier}
        </Text>
        {(entry.earlier ?? []).map((one) => (
          <Text size="sm" key={one.until} dir="auto">
            {one.text}{" "}
            <Text span size="xs" c="dimmed">
              {format.time(one.until)}
            </Text>
          </Text>
        ))}
      </Popover.Dropdown>
    </Popover>
  );
}
