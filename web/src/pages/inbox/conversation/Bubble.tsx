import { Popover, Text, UnstyledButton } from "@mantine/core";
import { memo } from "react";
import { useTexts } from "../../../texts";
import { useFormat } from "../../../time/zone";
import classes from "./Bubble.module.css";
import { Content } from "./Content";
import { ProgressLine } from "./ProgressLine";
import { RichText } from "./RichText";
import type { Entry, Pending } from "./timeline";
import { useNames } from "./useNames";

type Props = {
  entry: Entry;
  joined: boolean;
  chosen: string | undefined;
  found: boolean;
  onWhy: (entry: Entry) => void;
  onQuote: (id: string) => void;
};

/** A message or a note: the customer's at the start, ours at the end. */
export const Bubble = memo(function Bubble({ entry, joined, chosen, found, onWhy, onQuote }: Props) {
  const { conversation: t, why } = useTexts();
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
              aria-label={why.openFor((entry.text ?? "").slice(0, 60))}
            >
              {why.open}
            </UnstyledButton>
          )}
          <time dateTime={entry.at} title={format.dateTime(entry.at)}>
            {format.time(entry.at)}
          </time>
        </div>
        {entry.reactions && entry.reactions.length > 0 && (
          <span className={classes.reactions}>
            {entry.reactions.map((one) => (
              <span key={one.author} role="img" aria-label={t.reaction(one.emoji)}>
                {one.emoji}
              </span>
            ))}
          </span>
        )}
      </article>
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
export function useAuthorWords(): (entry: Pick<Entry, "author" | "by" | "content">) => string {
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
        return t.flow;
      case "ai":
        return t.ai;
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
